# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the exemptions of this host and those of the fleet in step; changes of both at any time.

The store holds what is, not what happened: a message that was lost is nothing to find again.
"""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..judge.policy import Policy
from ..judge.token import Keys
from ..shared.amending import amending, put
from ..shared.grants import EXEMPTIONS, Damaged, Grant, read_grants, write_grants
from ..shared.paper import MOST, paper
from ..shared.vetting import pruned
from . import desk
from .agree import Agreed, Moment, Records, agree, applied, noticed
from .record import OCTETS, BadRecord, Record, readable, written
from .shelf import Shelf
from .telling import Telling

WHOLE = 60.0  # seconds until everything is compared, though nothing seems to have changed
FILE_OCTETS = 900_000  # of all exemptions: workers read a megabyte


class Exemptions:
    """This host's side of the exemptions that a fleet shares; for one thread."""

    def __init__(
        self, state: Path, policy: Callable[[], Policy], keys: Keys, host: str, telling: Telling
    ) -> None:
        """Keep those in ``state``; ``policy`` is read whenever something is compared."""
        self._state, self._policy, self._keys, self._host = state, policy, keys, host
        self._telling = telling
        self._seen: tuple[int, ...] | None = None
        self._compared: tuple[bytes | None] | None = None
        self._is_told, self._again = False, 0.0
        self._known: dict[str, Record] = {}
        self._is_new = not (state / desk.FILE_NAME).exists()
        try:
            self._known = desk.load(state)
        except BadRecord as error:
            telling.once(f"{error}; it is made anew")
            self._is_new = True

    def look(self) -> None:
        """Notice what was changed here. Raises OSError, CannotAmendError, BadPolicy."""
        seen = self._signature()
        if seen != self._seen:
            self._settle({})
            self._seen = seen

    def exchange(self, store: Shelf) -> None:
        """Take what is newer in the store and give what is newer here.

        Raises Away, and what `look` raises.
        """
        changes = (store.changes(),)
        clock = time.monotonic()
        if changes == self._compared and self._is_told and clock < self._again:
            return
        theirs, strange = readable(store.records(), self._keys, time.time_ns() // 1_000_000)
        for name, why in strange.items():
            self._telling.refused(f"exemption {ascii(name)[:44]} of the store", why)
        agreed = self._settle(theirs)
        give = {one.id: written(one, self._keys) for one in agreed.give}
        large = [name for name, octets in give.items() if len(octets) > OCTETS]
        for name in large:
            self._telling.once(f"exemption {name} is too long to be told to the fleet")
            del give[name]
        if give or agreed.gone:
            store.tell(give, agreed.gone)
        self._compared, self._is_told, self._again = changes, True, clock + WHOLE

    def _settle(self, theirs: Records) -> Agreed:
        """Bring this host's file, and what is known, in step with what the store holds."""
        with amending(self._state):
            ours, is_sound = self._ours()
            moment = self._moment()
            known = noticed(self._known, ours, moment)
            agreed = agree(known, theirs, self._policy(), moment)
            if not is_sound:
                agreed = replace(agreed, known=known, take=())
            lost = ours is None and is_sound and any(one.grant for one in agreed.known.values())
            if agreed.take or lost:
                whole = tuple(agreed.known.values()) if lost else agreed.take
                self._put(pruned(applied(ours or (), whole), moment.today))
            if agreed.known != self._known:
                desk.save(self._state, agreed.known)
                self._known, self._is_told = agreed.known, False
            self._is_new = False
        self._say(agreed)
        return agreed

    def _moment(self) -> Moment:
        """Say where and when it is; what nobody can date is older than whatever the fleet knows."""
        now = time.time_ns() // 1_000_000
        return Moment(self._host, now, datetime.now(UTC).date(), 1 if self._is_new else now)

    def _ours(self) -> tuple[tuple[Grant, ...] | None, bool]:
        """Return this host's exemptions, None if they are lost; and whether they may be changed."""
        file = self._state / EXEMPTIONS
        if not file.exists():
            return None, True
        try:
            return read_grants(paper(file), str(file)), True
        except Damaged as error:
            self._telling.once(f"{error}\nnothing of the fleet is taken until that is put right")
            return None, False

    def _put(self, grants: tuple[Grant, ...]) -> None:
        text = write_grants(grants)
        if len(text) > min(FILE_OCTETS, MOST):
            raise OSError(f"the fleet's exemptions would take more than {FILE_OCTETS} octets")
        put(self._state / EXEMPTIONS, text)

    def _say(self, agreed: Agreed) -> None:
        for one in agreed.take:
            self._telling.news(_news(one))
        for name, why in agreed.refused.items():
            self._telling.once(f"exemption {name} of another host is left out: {why}")

    def _signature(self) -> tuple[int, ...]:
        try:
            status = os.stat(self._state / EXEMPTIONS)  # noqa: PTH116 - as Watched does
        except OSError:
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_size


def _news(one: Record) -> str:
    done = "is let in here too" if one.grant else "was taken back"
    return f"exemption {one.id} {done}, as {one.host!a} says"

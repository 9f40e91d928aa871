# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries who passed and who was told between this host's memory and the fleet's stream."""

import time
from functools import partial
from pathlib import Path

from ..judge.policy import Policy
from ..judge.token import Keys
from ..shared.courtesy import DAYS
from ..shared.drawer import Drawer
from ..shared.ledger import Ledger
from ..shared.memory import FILE_NAME
from ..shared.notify import Level
from ..shared.places import TABLES, Place
from .learnt import NOTES, BadBatch, Learnt, Note, batches, read
from .shelf import AT_ONCE, BEGINNING, Shelf
from .telling import Telling

EVERY = 2.0  # seconds
ROUNDS = 8  # questions in one exchange
MOST, WHOLE = 20_000, 100_000  # of a kind: what is looked at each time; and for an empty store
_HOUR, _DAY = 3600, 86400


class Lessons:
    """This host's side of what a fleet learns; for one thread."""

    def __init__(self, state: Path, keys: Keys, telling: Telling) -> None:
        """Read and write the memory in ``state``."""
        self._drawer = Drawer(state / FILE_NAME, partial(telling.news, level=Level.WARNING))
        self._keys, self._telling = keys, telling
        self._last, self._ours = BEGINNING, set[bytes]()
        self._given = Learnt()  # what the fleet knows of the last hours, from whomever
        self._again, self._is_all_to_tell = 0.0, False

    def exchange(self, store: Shelf, policy: Policy) -> None:
        """Hear and tell, if it is time to. Raises Away."""
        if time.monotonic() < self._again:
            return
        self._drawer.look()
        if not store.reaches(self._last):  # it is empty, or lost what it had: all tell it again
            self._last, self._given, self._is_all_to_tell = BEGINNING, Learnt(), True
        self._hear(store, policy)
        self._tell(store)
        self._again = time.monotonic() + EVERY

    def _hear(self, store: Shelf, policy: Policy) -> None:
        for _ in range(ROUNDS):
            entries = store.after(self._last)
            for name, octets in entries:
                self._last = name
                if name in self._ours:
                    self._ours.discard(name)
                    continue
                try:
                    self._learn(read(octets, self._keys, time.time()), policy)
                except BadBatch as error:
                    self._telling.refused(f"what is learnt from {name.decode()}", str(error))
            if len(entries) < AT_ONCE:
                return

    def _learn(self, learnt: Learnt, policy: Policy) -> None:
        before = int(time.time()) - DAYS * _DAY

        def write(ledger: Ledger) -> None:
            for table in TABLES if policy.memory_days else ():
                places = {p: hour for p, hour in learnt.passed.items() if p.table == table}
                ledger.learn(table, places)
            for table in NOTES:
                notes = {key: at for (where, key), at in learnt.told.items() if where == table}
                ledger.note(table, notes, before)

        self._drawer.attempt(write)
        given = self._given
        younger = {p: at for p, at in learnt.passed.items() if given.passed.get(p, 0) < at}
        self._given = Learnt({**given.passed, **younger}, {**given.told, **learnt.told})

    def _tell(self, store: Shelf) -> None:
        since = 0 if self._is_all_to_tell else int(time.time()) - _HOUR
        most = WHOLE if self._is_all_to_tell else MOST
        latest = self._drawer.attempt(lambda ledger: _latest(ledger, since, most))
        if latest is None:
            return
        given = self._given
        new = Learnt(
            {p: at for p, at in latest.passed.items() if given.passed.get(p, 0) < at},
            {n: at for n, at in latest.told.items() if n not in given.told},
        )
        for batch in batches(new, self._keys):
            self._ours.add(store.add(batch))
        self._given, self._is_all_to_tell = latest, False


def _latest(ledger: Ledger, since: int, most: int) -> Learnt:
    """Return what this host learnt since that second; of hours that whole one."""
    passed: dict[Place, int] = {}
    told: dict[Note, int] = {}
    for table in TABLES:
        passed |= ledger.latest(table, since // _HOUR, most)
    for table in NOTES:
        found = ledger.latest_notes(table, since, most)
        told |= {(table, key): at for key, at in found.items()}
    return Learnt(passed, told)

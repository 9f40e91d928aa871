# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is told before he is refused: when a client was first deferred, and whom our users wrote to.

The clock of a client starts when it is first *told* (451 with the URL), so that whoever connects
and leaves starts nobody's; and it is never started anew within `DAYS`, so that coming again
extends nothing. A note is one row of the memory's file, and what cannot be read or written is as
if it had never been told: deferred, neither accepted nor refused. The oldest notes go first; their
clients are told once more.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from ..judge.terms import Policy
from ..judge.words import Finding
from .contacts import is_known
from .drawer import Drawer
from .ledger import Ledger
from .memory import BATCH, FILE_NAME, MOST_PENDING, Memory, memory_of
from .places import warning_of

DAYS = 90  # after so many days a client that is still bad is told anew
TIDY = 600.0  # seconds between two looks for what is too old or too much

_DAY = 86400
_WARNED = ("warned4", "warned6")
Key = tuple[str, bytes]


class Courtesy:
    """The notes of a host as one worker sees them; for many threads, never raises."""

    def __init__(
        self,
        drawer: Drawer,
        *,
        entries: int,
        written_days: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Keep at most ``entries`` notes, IPv6 half; a domain counts for ``written_days``."""
        self._drawer, self._entries, self._now = drawer, entries, now
        self._written_days = written_days
        self._lock = threading.Lock()
        self._pending: dict[Key, int] = {}
        self._known: dict[Key, int] = {}
        self._tidy_at = 0.0

    def warned_for(self, address: str, finding: Finding) -> float:
        """Return for how many seconds a client has known, 0 if it was never told."""
        key = warning_of(address, finding)
        since = self._known.get(key)
        if since is None:
            since = self._drawer.attempt(lambda ledger: ledger.noted(*key))
            if since is not None:
                self._keep(key, since)
        return self._now() - since if since is not None and self._counts(since) else 0.0

    def warned(self, address: str, finding: Finding) -> None:
        """Note that a client was told now, unless it was before. No file is touched."""
        key, now = warning_of(address, finding), int(self._now())
        with self._lock:
            known = self._known.get(key)
            is_new = known is None or not self._counts(known)
            if is_new and len(self._pending) < MOST_PENDING:
                self._pending[key] = now
                self._keep(key, now)

    def wrote_to(self, domain: str) -> bool:
        """Tell whether our own users wrote to this domain lately."""
        days, now = self._written_days, self._now()
        return bool(
            self._drawer.attempt(lambda ledger: is_known(ledger, domain, days=days, now=now))
        )

    def flush(self) -> None:
        """Write down who was told since the last time; to be called every second."""
        self._drawer.look()
        with self._lock:
            taken, self._pending = self._pending, {}
        for table in {table for table, _ in taken}:
            notes = {key: when for (where, key), when in taken.items() if where == table}
            self._drawer.attempt(partial(_note, table, notes, self._oldest()))
        if not self._now() < self._tidy_at <= self._now() + TIDY:
            gone = self._drawer.attempt(self._tidy) or 0
            self._tidy_at = 0.0 if gone >= BATCH else self._now() + TIDY

    def count(self) -> int:
        """Count the clients that were told."""
        return self._drawer.attempt(lambda ledger: sum(map(ledger.count, _WARNED))) or 0

    def _keep(self, key: Key, since: int) -> None:
        if len(self._known) >= MOST_PENDING:
            self._known = {}
        self._known[key] = since

    def _tidy(self, ledger: Ledger) -> int:
        """Forget what is too old, or too much: IPv6, whose networks are cheap, gets half."""
        limits = dict(zip(_WARNED, (self._entries, self._entries // 2), strict=True))
        return max(
            ledger.prune(table, before=self._oldest(), limit=limit, batch=BATCH)
            for table, limit in limits.items()
        )

    def _counts(self, since: int) -> bool:
        """Tell whether a note is young enough, and none of a clock that was set back since."""
        return self._oldest() <= since <= self._now()

    def _oldest(self) -> int:
        return int(self._now()) - DAYS * _DAY


def _note(table: str, notes: dict[bytes, int], before: int, ledger: Ledger) -> None:
    ledger.note(table, notes, before)


@dataclass(frozen=True, slots=True)
class Books:
    """What a worker writes down: who passed, and who was told what."""

    memory: Memory | None = None
    courtesy: Courtesy | None = None

    @classmethod
    def open(cls, policy: Policy, directory: Path, tell: Callable[[str], None]) -> Self:
        """Open both, in one file; there is no memory if the policy wants to remember nobody."""
        memory = memory_of(policy, directory, tell)
        drawer = memory.drawer if memory else Drawer(directory / FILE_NAME, tell)
        days, entries = policy.written_to_days, policy.memory_entries
        return cls(memory, Courtesy(drawer, entries=entries, written_days=days))

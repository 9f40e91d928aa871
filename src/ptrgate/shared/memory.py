# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses passed lately: written in batches, bounded, and not precious.

A session only puts an address into a dict. Whoever ticks writes them down once a second, in one
transaction, so that a burst of new senders costs each some microseconds of another thread. What
cannot be written is forgotten, what cannot be read is not remembered; mail never waits for it.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..judge.terms import Policy
from .drawer import Drawer
from .ledger import Ledger
from .places import TABLES, Record, place_of

FILE_NAME = "memory.db"
BATCH = 8192  # addresses written, or forgotten, in one transaction
MOST_PENDING = 65_536
AGAIN = 600.0  # seconds until an address that passed is put into a batch again
STRANGE = 30.0  # seconds until an address that nobody remembers is looked for again

_HOUR = 3600

Batch = list[tuple[str, Record]]


class Memory:
    """The memory of a host as one worker sees it; for many threads, never raises."""

    def __init__(
        self,
        directory: Path,
        *,
        days: int,
        entries: int,
        tell: Callable[[str], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Remember at most ``entries`` addresses for ``days``; ``tell`` hears what goes wrong."""
        self.drawer = Drawer(directory / FILE_NAME, tell)
        self._days, self._entries, self._now = days, entries, now
        self._lock = threading.Lock()
        self._pending: dict[str, Record] = {}
        self._fresh: set[str] = set()
        self._fresh_until = 0.0
        self._strangers: set[str] = set()
        self._strange_until = 0.0
        self._unpruned = 0

    def passed(self, address: str) -> None:
        """Remember that an address passed. No file is touched."""
        if address in self._fresh:
            return
        with self._lock:
            if len(self._pending) < MOST_PENDING:
                self._pending[address] = Record(int(self._now() // _HOUR))
                self._fresh.add(address)
                self._strangers.discard(address)

    def recall(self, address: str) -> Record | None:
        """Return what is remembered of an address; another worker's news may take `STRANGE`."""
        if address in self._strangers:
            return None
        with self._lock:
            found = self._pending.get(address)
        found = found or self.drawer.attempt(lambda ledger: ledger.find(place_of(address)))
        if found and found.seen >= self._oldest():
            return found
        self._strangers.add(address)
        return None

    def lost(self, address: str, record: Record) -> None:
        """Note that a remembered address has no right name any more."""
        with self._lock:
            self._pending[address] = Record(record.seen, int(self._now()))
            self._fresh.discard(address)

    def forget(self, address: str) -> None:
        """Remember an address no longer."""
        with self._lock:
            self._pending.pop(address, None)
            self._fresh.discard(address)
        self.drawer.attempt(lambda ledger: ledger.drop(place_of(address)))

    def count(self) -> int:
        """Count who is remembered."""
        return self.drawer.attempt(lambda ledger: sum(map(ledger.count, TABLES))) or 0

    def flush(self) -> int:
        """Write down who passed since the last time; to be called every second.

        Return how many of them had been remembered before.
        """
        self.drawer.look()
        known = 0
        for batch in self._batches():
            new = self.drawer.attempt(partial(_write, batch))
            if new is not None:
                known += max(0, sum(not record.lost for _, record in batch) - new)
                self._unpruned += new
        if self._unpruned >= BATCH:
            self._unpruned = self.drawer.attempt(self._prune) or 0
        return known

    def _batches(self) -> list[Batch]:
        """Take what is pending."""
        now = self._now()
        with self._lock:
            taken, self._pending = list(self._pending.items()), {}
            # An end further away than it can be: the clock was set back.
            waits = now < self._strange_until <= now + STRANGE
            if not waits or len(self._strangers) >= MOST_PENDING:
                self._strange_until, self._strangers = now + STRANGE, set()
            waits = now < self._fresh_until <= now + AGAIN
            if not waits or len(self._fresh) >= MOST_PENDING:
                self._fresh_until = now + AGAIN
                self._fresh, self._unpruned = set(), BATCH
        return [taken[at : at + BATCH] for at in range(0, len(taken), BATCH)]

    def _prune(self, ledger: Ledger) -> int:
        """Keep the bounds; return BATCH if there may be more to forget.

        IPv6 gets at most half: networks of many /64s are cheap, and must not wash out IPv4.
        """
        oldest, half = self._oldest(), self._entries // 2
        gone = ledger.prune("v6", before=oldest, limit=half, batch=BATCH)
        left = self._entries - ledger.count("v6")
        gone += ledger.prune("v4", before=oldest, limit=left, batch=BATCH)
        return BATCH if gone >= BATCH else 0

    def _oldest(self) -> int:
        return int(self._now() // _HOUR) - 24 * self._days


def _write(batch: Batch, ledger: Ledger) -> int:
    return ledger.put({place_of(address): record for address, record in batch})


def memory_of(policy: Policy, directory: Path, tell: Callable[[str], None]) -> Memory | None:
    """Return the memory that the policy wants, None if it is to remember nobody."""
    if not policy.memory_days:
        return None
    return Memory(directory, days=policy.memory_days, entries=policy.memory_entries, tell=tell)

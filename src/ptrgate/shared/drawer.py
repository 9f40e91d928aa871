# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a ledger at hand: opens it, sets a broken one aside, tries again later, never raises."""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from .ledger import Ledger, is_broken

RETRY = 60.0  # seconds until a ledger that could not be opened is tried again
QUIET = 3600.0  # seconds until the same trouble is told again

_T = TypeVar("_T")
# A ledger that was set aside stays open: SQLite would remove by name the log of its successor.
_set_aside: list[Ledger] = []


class Drawer:
    """The ledger at a path, as long as it can be used; for many threads."""

    def __init__(
        self,
        path: Path,
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the ledger at ``path``; ``tell`` hears of trouble."""
        self._path, self._tell, self._clock = path, tell, clock
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None
        self._closed_until = 0.0
        self._told: dict[str, float] = {}
        self._at_hand()

    def attempt(self, work: Callable[[Ledger], _T]) -> _T | None:
        """Do ``work`` with the ledger; None if it cannot be done now."""
        ledger = self._at_hand()
        if ledger is None:
            return None
        try:
            return work(ledger)
        except sqlite3.Error as error:
            self._trouble(error, ledger)
            return None

    def look(self) -> None:
        """Notice that another worker, or the operator, has put another file in its place."""
        with self._lock:
            if self._ledger is not None and not self._ledger.is_current():
                _set_aside.append(self._ledger)
                self._ledger, self._closed_until = None, 0.0

    def _at_hand(self) -> Ledger | None:
        with self._lock:
            if self._ledger is None and self._clock() >= self._closed_until:
                self._closed_until = self._clock() + RETRY
                self._ledger = self._opened()
            return self._ledger

    def _opened(self) -> Ledger | None:
        try:
            with self._alone():
                return self._open()
        except (OSError, sqlite3.Error) as error:
            self._say(f"{self._path}: {error}; nobody is remembered meanwhile")
            return None

    def _open(self) -> Ledger:
        try:
            return Ledger(self._path)
        except sqlite3.Error as error:
            if not is_broken(error) or not self._path.exists():
                raise
            self._put_away(error)
            return Ledger(self._path)

    def _trouble(self, error: sqlite3.Error, ledger: Ledger) -> None:
        if not is_broken(error):  # a full disk, a patience that ended: the next batch may do
            self._say(f"{self._path}: {error}; some senders are not remembered")
            return
        with self._lock, contextlib.suppress(OSError), self._alone():
            if self._ledger is not ledger:
                return
            if ledger.is_current():  # or another worker was here before
                self._put_away(error)
            _set_aside.append(ledger)
            self._ledger, self._closed_until = None, 0.0

    def _put_away(self, error: sqlite3.Error) -> None:
        """Rename the file; raises OSError."""
        away = self._path.with_name(self._path.name + ".broken")
        if away.is_dir() and not away.is_symlink():
            shutil.rmtree(away)
        self._path.replace(away)
        for log in ("-wal", "-shm"):
            self._path.with_name(self._path.name + log).unlink(missing_ok=True)
        self._say(f"{self._path} cannot be used ({error}): it is now {away.name}, begun anew")

    def _say(self, words: str) -> None:
        now = self._clock()
        if now - self._told.get(words, -QUIET) >= QUIET:
            self._told = {words: now}
            self._tell(words)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time decide what becomes of the file."""
        lock = os.open(
            self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

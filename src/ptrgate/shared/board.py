# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the workers of a host keep the state of the breaker: one small file, changed under a lock.

A worker whose file cannot be used, on a full disk for example, goes on with a state of its own.
"""

import contextlib
import fcntl
import json
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from .breaker import EVERY, Cause, Report, State

FILE_NAME = "breaker.json"
_OCTETS = 1 << 17  # more than the largest state
_END = b"\0"

Clock = Callable[[], float]


class Board:
    """The shared state; for many threads, never raises.

    The file is mapped, and reading what has not changed takes no system call: with each one the
    sessions of a worker would wait for each other once more.
    """

    def __init__(
        self, directory: Path, tell: Callable[[str], None], clock: Clock = time.monotonic
    ) -> None:
        """Keep the state in ``directory``; ``clock`` must be one of the host, not of a process."""
        path, self.clock = directory / FILE_NAME, clock
        self._lock = threading.Lock()
        self._known: tuple[bytes, State] = (b"", State())
        self._file, self._map = -1, mmap.mmap(-1, _OCTETS)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            # Allocated, not only sized: writing to a hole of a full disk would end the process.
            os.posix_fallocate(self._file, 0, _OCTETS)
            self._map = mmap.mmap(self._file, _OCTETS)
        except OSError as error:
            tell(f"{path}: {error}; each worker keeps its breaker to itself")

    def read(self) -> State:
        """Return the state as it is now."""
        octets, state = self._known
        if octets and self._map[: len(octets)] == octets:
            return state
        with self._lock, self._locked(fcntl.LOCK_SH):
            return self._read()

    def change(self, transition: Callable[[State], State]) -> tuple[State, State]:
        """Change the state; return what it was and what it is."""
        with self._lock, self._locked(fcntl.LOCK_EX):
            before = self._read()
            after = transition(before)
            if after != before:
                self._write(after)
            return before, after

    def _read(self) -> State:
        octets = self._map[: self._map.find(_END) + 1]
        if octets != self._known[0]:
            self._known = octets, parse(octets, self.clock())
        return self._known[1]

    def _write(self, state: State) -> None:
        octets = json.dumps(asdict(state), separators=(",", ":")).encode() + _END
        self._map[: len(octets)] = octets
        self._known = octets, state

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        if self._file < 0:
            yield
            return
        fcntl.flock(self._file, how)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


def parse(octets: bytes, now: float) -> State:
    """Read a state; the first one if it is damaged. No time in it is later than ``now``."""
    try:
        known = json.loads(octets.rstrip(_END))
        state = State(**{name.name: known[name.name] for name in fields(State)})
        return replace(
            state,
            cause=Cause(state.cause),
            armed=tuple(state.armed),
            missed=tuple(state.missed),
            reports={w: _report(r, now) for w, r in dict(state.reports).items()},
            lost={str(address): min(at, now) for address, at in dict(state.lost).items()},
            told={str(what): min(at, now) for what, at in dict(state.told).items()},
            due=min(state.due, now + EVERY),
            **{name: min(getattr(state, name), now) for name in _TIMES},
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return State()


_TIMES = ("since", "asked", "right", "calm", "silent_since")


def _report(known: Any, now: float) -> Report:
    report = Report(**known)
    return replace(report, at=min(report.at, now))

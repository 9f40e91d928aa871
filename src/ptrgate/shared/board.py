# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the workers of a host keep the state of the breaker: one small file, changed under a lock.

A worker whose file cannot be used, on a full disk for example, goes on with a state of its own.
"""

import contextlib
import fcntl
import json
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

Clock = Callable[[], float]


class Board:
    """The shared state; for many threads, never raises."""

    def __init__(
        self, directory: Path, tell: Callable[[str], None], clock: Clock = time.monotonic
    ) -> None:
        """Keep the state in ``directory``; ``clock`` must be one of the host, not of a process."""
        self._path, self._tell, self.clock = directory / FILE_NAME, tell, clock
        self._lock = threading.Lock()
        self._octets = b""
        self._state = State()
        self._file = -1
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            tell(f"{self._path}: {error}; each worker keeps its breaker to itself")

    def read(self) -> State:
        """Return the state as it is now."""
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
        if self._file >= 0:
            with contextlib.suppress(OSError):
                octets = os.pread(self._file, _OCTETS, 0)
                if octets != self._octets:
                    self._octets, self._state = octets, parse(octets, self.clock())
        return self._state

    def _write(self, state: State) -> None:
        self._state = state
        if self._file >= 0:
            octets = json.dumps(asdict(state), separators=(",", ":")).encode()
            # never shorter than before, so that no moment has half a state
            with contextlib.suppress(OSError):
                os.pwrite(self._file, octets.ljust(len(self._octets)), 0)
                self._octets = octets.ljust(len(self._octets))

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
        known = json.loads(octets)
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

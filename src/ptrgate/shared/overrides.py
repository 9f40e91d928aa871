# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's grants as a worker sees them: read again within a second of a change.

Files and not a database: there are dozens of entries at most, and who repairs a host at night
reads, copies and removes them with what is at hand. A file that cannot be used changes nothing:
the last good one holds, and that is said once.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from ..judge.policy import Exemption
from .grants import EXEMPTIONS, PAUSE, Damaged, Grant, Pause, read_grants, read_pause

AGAIN = 0.9  # seconds between two looks at a file
_MOST = 1 << 20  # octets; an exemption takes about 300
_T = TypeVar("_T")


def _silent(_sentence: str) -> None:
    return


class Watched(Generic[_T]):
    """One file and what it last said; for many threads, never raises."""

    def __init__(
        self,
        file: Path,
        parse: Callable[[str, str], _T],
        absent: _T,
        complain: Callable[[str], None] = _silent,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the file; ``absent`` is said where there is none, and before a first good one."""
        self._file, self._parse, self._absent = file, parse, absent
        self._complain, self._clock = complain, clock
        self._value = absent
        self._seen: tuple[int, ...] = ()
        self._again = float("-inf")
        self._lock = threading.Lock()
        self.problem = ""
        self.get()

    def get(self) -> _T:
        """Return what the file says, as of a second ago at most."""
        # who finds another thread looking is content with what is known
        if self._clock() >= self._again and self._lock.acquire(blocking=False):
            try:
                self._again = self._clock() + AGAIN
                self._look()
            finally:
                self._lock.release()
        return self._value

    def _look(self) -> None:
        try:
            seen = _signature(os.stat(self._file))  # noqa: PTH116 - twice as fast as Path.stat
            if seen != self._seen:
                self._seen, text = _read(self._file)
                self._value, self.problem = self._parse(text, str(self._file)), ""
        except FileNotFoundError:
            self._value, self._seen, self.problem = self._absent, (), ""
        except (OSError, UnicodeDecodeError, Damaged) as error:
            said = f"{error}; what held before this still holds"
            if said != self.problem:
                self.problem = said
                self._complain(said)


def _signature(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _read(file: Path) -> tuple[tuple[int, ...], str]:
    with file.open("rb") as stream:
        text = stream.read(_MOST).decode("utf-8")
        return _signature(os.fstat(stream.fileno())), text


class Overrides:
    """The exemptions and the pause in one directory; nothing where there is no directory."""

    def __init__(
        self,
        directory: Path,
        complain: Callable[[str], None] = _silent,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Read both files; ``complain`` takes a sentence about one that cannot be used."""
        self._now = now
        nobody: tuple[tuple[Grant, ...], tuple[Exemption, ...]] = ((), ())
        self._exemptions = Watched(directory / EXEMPTIONS, _both, nobody, complain, clock)
        self._pause: Watched[Pause | None] = Watched(
            directory / PAUSE, read_pause, None, complain, clock
        )

    def exemptions(self) -> tuple[Exemption, ...]:
        """Return the exemptions, expired ones too: the policy knows the day."""
        return self._exemptions.get()[1]

    def grants(self) -> tuple[Grant, ...]:
        """Return the exemptions with who made them."""
        return self._exemptions.get()[0]

    def paused(self) -> Pause | None:
        """Return the pause that holds now, to the second, or None."""
        pause = self._pause.get()
        return pause if pause is not None and pause.holds(self._now()) else None

    def problems(self) -> tuple[str, ...]:
        """Return a sentence for each file that cannot be used."""
        said = (self._exemptions.problem, self._pause.problem)
        return tuple(sentence for sentence in said if sentence)


def _both(text: str, source: str) -> tuple[tuple[Grant, ...], tuple[Exemption, ...]]:
    grants = read_grants(text, source)
    return grants, tuple(grant.exemption for grant in grants)

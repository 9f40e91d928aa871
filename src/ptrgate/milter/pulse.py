# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a worker that does not answer is hung, or only has no time.

The supervisor asks once a second. Who does not answer and does nothing at all, for about ten
seconds, is hung: stopped, or all its threads wait for each other. Who is silent but works, or
waits for a processor or a disk, is busy and gets a minute: a machine under load must not lose its
workers. Questions are counted, not seconds: while the supervisor itself stands still it asks
nobody.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PING_SECONDS = 1.0
STILL_PINGS = 8  # after the first two
SILENT_PINGS = 60

_WAITING = frozenset("RD")  # states of proc_pid_stat(5): for a processor, for a disk


@dataclass
class Pulse:
    """The questions one worker has not answered yet. ``spent`` returns `activity` of it."""

    spent: Callable[[], int | None]
    _unanswered: int = 0
    _still: int = 0
    _last: int | None = None

    def asked(self) -> None:
        """Note a question."""
        if self._unanswered:
            spent = self.spent()
            self._still = self._still + 1 if spent is not None and spent == self._last else 0
            self._last = spent
        self._unanswered += 1

    def answered(self) -> None:
        """Note an answer, which answers all questions before it."""
        self._unanswered = self._still = 0
        self._last = None

    @property
    def hung(self) -> bool:
        """Whether it is no use to wait any longer."""
        return self._still >= STILL_PINGS or self._unanswered >= SILENT_PINGS


def activity(pid: int) -> int | None:
    """Return the processor time a process has had, in ticks; None if a thread waits for some."""
    with contextlib.suppress(OSError):
        place = Path(f"/proc/{pid}")
        if any(_stat(task)[0] in _WAITING for task in (place / "task").iterdir()):
            return None
        stat = _stat(place)
        return int(stat[11]) + int(stat[12])  # utime, stime
    return None


def _stat(place: Path) -> list[str]:
    """Return the fields of a stat file from the third on, the state; the second is any text."""
    return (place / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()

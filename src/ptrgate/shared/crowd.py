# SPDX-License-Identifier: GPL-3.0-or-later
"""How many clients of which kind this worker saw lately; roughly, for alarms alone."""

from .breaker import WINDOW, Report

_HALF = WINDOW / 2


class Crowd:
    """Counts of the last five to ten minutes. A count that two threads race for may be lost."""

    def __init__(self, now: float) -> None:
        """Begin to count."""
        self._turned = now
        self._now, self._before = [0, 0, 0], [0, 0, 0]

    def returned(self, number: int) -> None:
        """Count remembered addresses that passed again."""
        self._now[0] += number

    def private(self) -> None:
        """Count a client with a private address."""
        self._now[1] += 1

    def public(self) -> None:
        """Count a client that was judged."""
        self._now[2] += 1

    def report(self, now: float) -> Report:
        """Return what was seen."""
        if now - self._turned >= _HALF:
            stale = now - self._turned >= WINDOW
            self._before, self._now = [0, 0, 0] if stale else self._now, [0, 0, 0]
            self._turned = now
        return Report(now, *map(sum, zip(self._now, self._before, strict=True)))

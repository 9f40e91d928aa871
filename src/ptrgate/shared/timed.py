# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator's order that ends by the clock, whoever lives until then."""

from dataclasses import dataclass
from datetime import UTC, datetime

MOST_HOURS = 72.0
_SAME = 300  # seconds: an end as near as that to what is asked for is the one asked for
_BACK = 300  # seconds: a clock that was set back further must not prolong an order


def plain(text: str) -> str:
    """Return a text as one line of ASCII."""
    return ascii(text)[1:-1]


def moment(seconds: float) -> str:
    """Return a time as people and files read it: 2027-01-31T04:00:00Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Timed:
    """What holds from ``began`` to ``until`` (excluded), seconds since the epoch."""

    began: int
    until: int
    owner: str
    reason: str

    def __str__(self) -> str:
        """Return the words for journal, card and terminal, on one line of ASCII."""
        return f"until {moment(self.until)} ({plain(self.reason)}; {plain(self.owner)})"

    def holds(self, now: float) -> bool:
        """Tell whether the order stands at ``now``."""
        return self.began - _BACK <= now < self.until

    def as_good_as(self, wanted: "Timed") -> bool:
        """Tell whether ``wanted`` is the same order, made again by an automated run."""
        slack = min(_SAME, (wanted.until - wanted.began) / 10)
        same = (self.owner, self.reason) == (wanted.owner, wanted.reason)
        return same and 0 <= wanted.until - self.until <= slack

# SPDX-License-Identifier: GPL-3.0-or-later
"""How often something may be asked for by one and by all: nobody scans or floods with us."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network

from ..judge.addresses import parse

KNOWN = 4096  # names remembered


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then one every ``seconds``."""

    burst: int
    seconds: float


@dataclass(slots=True)
class Bucket:
    """What is left of a Rate, and when that was."""

    left: float
    at: float

    def fill(self, rate: Rate, now: float) -> None:
        """Add what has come in since."""
        self.left = min(rate.burst, self.left + (now - self.at) / rate.seconds)
        self.at = now


@dataclass(slots=True)
class Limits:
    """What one name (a network, a mailbox) and everybody may ask for; for one thread."""

    one: Rate
    everybody: Rate
    clock: Callable[[], float] = time.monotonic
    _names: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    _all: Bucket | None = None

    def wait(self, name: str) -> int:
        """Return 0 and count one for ``name``, or the seconds until one may be asked for."""
        now = self.clock()
        mine = self._bucket(name, now)
        everybodys = self._all = self._all or Bucket(self.everybody.burst, now)
        mine.fill(self.one, now)
        everybodys.fill(self.everybody, now)
        for bucket, rate in ((mine, self.one), (everybodys, self.everybody)):
            if bucket.left < 1:
                return max(1, round((1 - bucket.left) * rate.seconds))
        mine.left -= 1
        everybodys.left -= 1
        return 0

    def _bucket(self, name: str, now: float) -> Bucket:
        """Return the name's bucket; the one unused for longest goes when there are too many."""
        bucket = self._names.setdefault(name, Bucket(self.one.burst, now))
        self._names.move_to_end(name)
        if len(self._names) > KNOWN:
            self._names.popitem(last=False)
        return bucket


def network_of(address: str) -> str:
    """Return the /24 or /64 of an address; raises ValueError if it is none."""
    parsed = parse(address)
    length = 24 if parsed.version == 4 else 64  # noqa: PLR2004 (the family)
    return str(ip_network(f"{parsed}/{length}", strict=False))

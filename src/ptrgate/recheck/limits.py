# SPDX-License-Identifier: GPL-3.0-or-later
"""How often an address may be looked at, and how often anything: nobody scans or floods with us."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network

from ..judge.addresses import parse

KNOWN = 4096  # networks remembered


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then one every ``seconds``."""

    burst: int
    seconds: float


A_NETWORK = Rate(6, 10.0)  # a /24 or /64 that is looked at
EVERYBODY = Rate(30, 1.0)


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
    """Asked before each look; for one thread."""

    clock: Callable[[], float] = time.monotonic
    network: Rate = A_NETWORK
    everybody: Rate = EVERYBODY
    _networks: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)
    _all: Bucket | None = None

    def wait(self, address: str) -> int:
        """Return 0 and count a look at ``address``, or the seconds until one may be asked for."""
        now = self.clock()
        mine = self._bucket(_network(address), now)
        everybodys = self._all = self._all or Bucket(self.everybody.burst, now)
        mine.fill(self.network, now)
        everybodys.fill(self.everybody, now)
        for bucket, rate in ((mine, self.network), (everybodys, self.everybody)):
            if bucket.left < 1:
                return max(1, round((1 - bucket.left) * rate.seconds))
        mine.left -= 1
        everybodys.left -= 1
        return 0

    def _bucket(self, network: str, now: float) -> Bucket:
        """Return the network's bucket; the one unused for longest goes when there are too many."""
        bucket = self._networks.setdefault(network, Bucket(self.network.burst, now))
        self._networks.move_to_end(network)
        if len(self._networks) > KNOWN:
            self._networks.popitem(last=False)
        return bucket


def _network(address: str) -> str:
    parsed = parse(address)
    length = 24 if parsed.version == 4 else 64  # noqa: PLR2004 (the family)
    return str(ip_network(f"{parsed}/{length}", strict=False))

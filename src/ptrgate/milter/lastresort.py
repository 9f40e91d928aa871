# SPDX-License-Identifier: GPL-3.0-or-later
"""How much clients that are refused may write to postmaster and abuse, the one open door.

RFC 5321 4.5.1 wants postmaster reachable for whoever is refused elsewhere; bots find that out. A
mailbox that people read needs no more than this.
"""

import threading
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address, ip_network

A_SESSION = 10  # recipients
OCTETS = 1 << 20  # of one message
AN_HOUR = 3600
# Recipients an hour, in one worker: of one address, of its /24 or /64, of everybody. The last one
# bounds the memory, too.
AN_ADDRESS, A_NETWORK, IN_ALL = 60, 240, 4000
PREFIXES = {4: 24, 6: 64}


class LastResort:
    """What was let in during this hour; shared by the threads of one worker."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin to count; ``now`` gives the seconds since the epoch."""
        self._now = now
        self._hour = 0
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def admits(self, address: str) -> bool:
        """Tell whether a client may name one more recipient, and count it if so."""
        limits = {address: AN_ADDRESS, _network(address): A_NETWORK, "everybody": IN_ALL}
        with self._lock:
            hour = int(self._now() // AN_HOUR)
            if hour != self._hour:
                self._hour, self._seen = hour, Counter()
            if any(self._seen[who] >= limit for who, limit in limits.items()):
                return False
            self._seen.update(limits.keys())
            return True


def _network(address: str) -> str:
    prefix = PREFIXES[ip_address(address).version]
    return str(ip_network(f"{address}/{prefix}", strict=False))

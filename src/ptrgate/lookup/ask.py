# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to one authoritative server, within the budget of a walk."""

from __future__ import annotations

from dataclasses import dataclass, field

import dns.rcode

from ..judge.trail import Said
from .exchange import Clock, Dial, Silence, Unreachable, over_tcp, over_udp
from .labels import Labels
from .query import EDNS_OCTETS, Query
from .reply import Heard, hear
from .servers import Server
from .wire import Message

MAX_QUESTIONS = 120  # a check: IPv6 reverse zones may be cut at many labels
MAX_SILENCES = 2  # of one server, until it is left alone
NO_RECURSION = 0
_EDNS_UNKNOWN = frozenset(
    {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS, dns.rcode.SERVFAIL}
)


class Over(Exception):  # noqa: N818 (what happened)
    """The budget is used up; str() says which."""


@dataclass(slots=True)
class Questions:
    """Asks, and counts what that costs: packets and time of a check, silences of a server."""

    port: int
    try_seconds: float
    total_seconds: float
    most: int
    clock: Clock
    dial: Dial
    sent: int = 0
    ends: float = 0.0
    silences: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Let the budget of a new check begin."""
        self.sent, self.ends = 0, self.clock() + self.total_seconds

    def put(
        self, addresses: tuple[str, ...], name: Labels, rdtype: int, zone: Labels
    ) -> tuple[str, Heard, int]:
        """Ask a server at the first of its addresses that can be reached from here.

        Return the address, what was heard, and milliseconds. Raises Over.
        """
        began = self.clock()
        address, heard = "", Heard(Said.LAME, "has no address")
        for address in addresses:
            if self.silences.get(address, 0) >= MAX_SILENCES:
                heard = Heard(Said.SILENT, "not asked again, it was silent before")
                continue
            try:
                message = self._exchange((address, self.port), name, rdtype)
            except Unreachable as error:
                heard = Heard(Said.SILENT, str(error))
                continue
            except Silence as error:
                self.silences[address] = self.silences.get(address, 0) + 1
                heard = Heard(Said.SILENT, str(error))
                break
            heard = hear(message, name, rdtype, zone)
            break
        return address, heard, round((self.clock() - began) * 1000)

    def _exchange(self, server: Server, name: Labels, rdtype: int) -> Message:
        """Ask with EDNS, and without where that is what it stumbles over (RFC 6891 section 7)."""
        message = self._once(server, Query.make(name, rdtype, EDNS_OCTETS, NO_RECURSION))
        if message.rcode in _EDNS_UNKNOWN:
            message = self._once(server, Query.make(name, rdtype, 0, NO_RECURSION))
        return message

    def _once(self, server: Server, query: Query) -> Message:
        message = over_udp(server, query, self._until(), self.clock, self.dial)
        if message.is_truncated:
            message = over_tcp(server, query, self._until(), self.clock, self.dial)
        return message

    def _until(self) -> float:
        """Count one packet and return when its answer must be there."""
        now = self.clock()
        if now >= self.ends:
            raise Over(f"the {self.total_seconds:g} s for one walk are over")
        if self.sent >= self.most:
            raise Over(f"more than {self.most} questions for one walk")
        self.sent += 1
        return min(now + self.try_seconds, self.ends)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks nameservers: which one, how often, with what, and when to give up.

A check asks one PTR question and at most ten forward ones. Each server of the list may be asked
until one speaks; from then on one question is one try, and the caller decides about a second.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

import dns.flags
import dns.rcode
import dns.rdatatype

from ..judge.answers import Answer, AnswerStatus
from .chain import Chain, Reading, Unusable
from .exchange import Clock, Dial, Silence, dial, over_tcp, over_udp
from .labels import Labels, read
from .query import EDNS_OCTETS, Query
from .servers import MAX_SERVERS, Server, shown
from .wire import Message

MAX_PACKETS = 60  # a check: more than twice what an honest DNS can need
_EDNS_UNKNOWN = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})


@dataclass(slots=True)
class _Check:
    """The state of one check: when it must end, what it has sent, what is known of servers."""

    servers: list[Server]
    ends: float
    sent: int = 0
    heard: set[Server] = field(default_factory=set)
    without_edns: set[Server] = field(default_factory=set)


class _Failed(Exception):  # noqa: N818 (what happened)
    """No server could say; ``again`` if silence was among the reasons."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class Resolver:
    """The Lookup over real DNS. One may serve many threads; each runs its own checks."""

    def __init__(
        self,
        nameservers: Sequence[Server],
        *,
        try_seconds: float = 2.5,
        total_seconds: float = 8.0,
        clock: Clock = time.monotonic,
        dial: Dial = dial,
        validating: bool = True,
    ) -> None:
        """Ask these nameservers in this order (the first three), a try and a check so long.

        ``dial`` is where sockets come from; a sandbox may have to ask for them. Without
        ``validating`` they are told to answer even where DNSSEC says that it is a lie.
        """
        self._flags = int(dns.flags.RD if validating else dns.flags.RD | dns.flags.CD)
        self._servers = tuple(nameservers)[:MAX_SERVERS]
        self._try_seconds = try_seconds
        self._total_seconds = total_seconds
        self._clock = clock
        self._dial = dial
        self._local = threading.local()

    def pointers(self, address: IPv4Address | IPv6Address) -> Answer:
        """Return the PTR names of an address. The time of a check runs from here."""
        check = self._local.check = self._begin()
        name = read(address.reverse_pointer)
        first = self._answer(check, name, dns.rdatatype.PTR)
        if not first.again:
            return first
        second = self._answer(check, name, dns.rdatatype.PTR)
        return replace(second, queries=check.sent, again=False)

    def addresses(self, name: str, version: Literal[4, 6]) -> Answer:
        """Return the A or AAAA addresses of a name, in the time left of this thread's check."""
        check = getattr(self._local, "check", None) or self._begin()
        rdtype = dns.rdatatype.A if version == 4 else dns.rdatatype.AAAA  # noqa: PLR2004 (IPv4)
        try:
            question = read(name)
        except ValueError:
            return Answer(AnswerStatus.FAILED, reason="it is not a domain name")
        return self._answer(check, question, rdtype)

    def _begin(self) -> _Check:
        return _Check(list(self._servers), self._clock() + self._total_seconds)

    def _answer(self, check: _Check, name: Labels, rdtype: int) -> Answer:
        """Ask until the chain from the name ends, and put the outcome in plain words."""
        sent = check.sent
        chain = Chain(rdtype, [name])
        try:
            reading = self._ask(check, chain)
            while reading.status is None:  # each round has made the chain longer
                reading = self._ask(check, chain)
        except _Failed as failure:
            reason, queries = str(failure), check.sent - sent
            return Answer(AnswerStatus.FAILED, (), reason, None, queries, failure.again)
        queries = check.sent - sent
        return Answer(reading.status, reading.values, "", reading.ttl, queries)

    def _ask(self, check: _Check, chain: Chain) -> Reading:
        """Ask one server after the other until one can say."""
        reasons = []
        is_silent = False
        for server in tuple(check.servers):
            try:
                return self._try(check, server, chain)
            except Unusable as error:
                reasons.append(f"{error} from {shown(server)}")
            except Silence as error:
                reasons.append(str(error))
                is_silent = True
                _put_last(check, server)
                if server in check.heard:
                    break  # it lives: the silence is that of the zone behind it
        raise _Failed("; ".join(reasons) or "there is no nameserver to ask", again=is_silent)

    def _try(self, check: _Check, server: Server, chain: Chain) -> Reading:
        """Ask one server, without EDNS where that is what it stumbles over (RFC 6891 7)."""
        edns = server not in check.without_edns
        message = self._exchange(check, server, chain, edns=edns)
        rcode = message.rcode
        if edns and (rcode in _EDNS_UNKNOWN or rcode == dns.rcode.SERVFAIL):
            message = self._exchange(check, server, chain, edns=False)
            if rcode in _EDNS_UNKNOWN or message.rcode != rcode:
                check.without_edns.add(server)
        check.heard.add(server)
        return chain.read(message)

    def _exchange(self, check: _Check, server: Server, chain: Chain, *, edns: bool) -> Message:
        """Send one question; over TCP again if the answer did not fit."""
        query = Query.make(chain.end, chain.rdtype, EDNS_OCTETS if edns else 0, self._flags)
        message = over_udp(server, query, self._until(check), self._clock, self._dial)
        if message.is_truncated:
            message = over_tcp(server, query, self._until(check), self._clock, self._dial)
        return message

    def _until(self, check: _Check) -> float:
        """Count one packet and return when its answer must be there."""
        now = self._clock()
        if now >= check.ends:
            reason = f"the {self._total_seconds:g} s for one check are over"
            raise _Failed(reason, again=False)
        if check.sent >= MAX_PACKETS:
            raise _Failed(f"more than {MAX_PACKETS} queries for one check", again=False)
        check.sent += 1
        return min(now + self._try_seconds, check.ends)


def _put_last(check: _Check, server: Server) -> None:
    """Ask a silent server last; one that never spoke may have dropped EDNS (RFC 6891 7)."""
    check.servers.remove(server)
    check.servers.append(server)
    if server not in check.heard:
        check.without_edns.add(server)

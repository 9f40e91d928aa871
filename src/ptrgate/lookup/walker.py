# SPDX-License-Identifier: GPL-3.0-or-later
"""The world's own view: a Lookup over the authoritative servers, and who is in charge of a zone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from dns.rdatatype import AAAA, NS, PTR, SOA, A, RdataType

from ..judge.answers import Answer, AnswerStatus
from ..judge.trail import Charge, Held, Said, Trail
from .ask import MAX_QUESTIONS, Over, Questions
from .classless import places
from .exchange import Clock, Dial, dial
from .labels import Labels, read, text
from .reply import contact
from .servers import Server, is_address
from .walk import Paths
from .way import trail

MAX_HOLDERS = 3  # servers that are asked for every place of RFC 2317, 21 questions each


class Walker:
    """Answers as the Lookup does; what it saw of the check is in ``trails``, the PTR's first."""

    def __init__(
        self,
        roots: Sequence[Server],
        *,
        try_seconds: float = 1.5,
        total_seconds: float = 12.0,
        most: int = MAX_QUESTIONS,
        clock: Clock = time.monotonic,
        dial: Dial = dial,
    ) -> None:
        """Begin at the root's servers; every other server is asked at the port of the first."""
        port = roots[0][1] if roots else 53
        self._questions = Questions(port, try_seconds, total_seconds, most, clock, dial)
        self._paths = Paths(roots, self._questions)
        self._questions.begin()
        self.trails: list[Trail] = []

    def pointers(self, address: IPv4Address | IPv6Address) -> Answer:
        """Return the PTR names of an address; the budget and the trails begin here."""
        self._questions.begin()
        self.trails = []
        return self._follow(address.reverse_pointer, PTR)

    def addresses(self, name: str, version: Literal[4, 6]) -> Answer:
        """Return the A or AAAA addresses of a name."""
        return self._follow(name, A if version == 4 else AAAA)  # noqa: PLR2004 (IPv4)

    def _follow(self, name: str, rdtype: RdataType) -> Answer:
        question = _labels(name)
        if question is None:
            return Answer(AnswerStatus.FAILED, reason="it is not a domain name")
        self.trails.append(trail(self._paths.follow(question, rdtype)))
        return self.trails[-1].answer

    def charge(self, name: str) -> Charge | None:
        """Return who is in charge of the zone that holds a name; None if nobody could say."""
        labels = _labels(name)
        heard = self._paths.follow(labels, SOA).heard if labels is not None else None
        if heard is None or heard.apex is None:
            return None
        zone = heard.apex.owner
        named = self._paths.follow(zone, NS).heard
        nameservers = named.values if named else ()
        return Charge(text(zone), tuple(sorted(nameservers)), contact(heard.apex.contact))

    def held(self, pointer: str, servers: Iterable[str]) -> tuple[Held, ...]:
        """Return what these servers (addresses, or names of nameservers) have of a PTR record.

        They are asked whatever the world's delegations say; only what they have authority for
        counts. Where none has the record itself, the first few are asked for the places where a
        zone for a small network (RFC 2317) would have it.
        """
        asked = tuple(dict.fromkeys(servers))
        small = tuple((one, place) for one in asked[:MAX_HOLDERS] for place in places(pointer))
        try:
            whole = tuple(filter(None, (self._held(one, pointer) for one in asked)))
            return whole or tuple(filter(None, (self._held(*one) for one in small)))
        except Over:
            return ()

    def _held(self, server: str, owner: str) -> Held | None:
        name = _labels(owner) or ()
        addresses = (server,) if is_address(server) else self._addresses_of(server)
        _at, heard, _ms = self._questions.put(addresses, name, PTR, ())
        if heard.said is not Said.ANSWER or not heard.values or heard.alias is not None:
            return None
        _at, apex, _ms = self._questions.put(addresses, name, SOA, ())
        zone = text(apex.apex.owner) if apex.apex else ""
        return Held(server, zone, heard.values, owner)

    def _addresses_of(self, nameserver: str) -> tuple[str, ...]:
        return self._paths.addresses(_labels(nameserver) or ())[0]


def _labels(name: str) -> Labels | None:
    try:
        return read(name)
    except ValueError:
        return None

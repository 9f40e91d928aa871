# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes down what a Lookup was asked and what it answered: the evidence behind a judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from .answers import Answer, Lookup


@dataclass(frozen=True, slots=True)
class Noted:
    """One question ("PTR 25.2.0.192.in-addr.arpa") and its answer."""

    question: str
    answer: Answer


@dataclass(slots=True)
class Noting:
    """A Lookup that asks another one and keeps the answers of a check, the PTR's first."""

    lookup: Lookup
    noted: list[Noted] = field(default_factory=list)

    def pointers(self, address: IPv4Address | IPv6Address) -> Answer:
        """Return the PTR names of an address."""
        answer = self.lookup.pointers(address)
        self.noted.append(Noted(f"PTR {address.reverse_pointer}", answer))
        return answer

    def addresses(self, name: str, version: Literal[4, 6]) -> Answer:
        """Return the A or AAAA addresses of a name."""
        answer = self.lookup.addresses(name, version)
        kind = {4: "A", 6: "AAAA"}[version]
        self.noted.append(Noted(f"{kind} {name}", answer))
        return answer

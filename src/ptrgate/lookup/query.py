# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to DNS as it goes over the wire."""

from dataclasses import dataclass
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype

from .labels import Labels, lower


@dataclass(frozen=True, slots=True)
class Query:
    """One question, ready to send: its octets, and what an answer must repeat."""

    identity: int
    question: tuple[Labels, int, int]
    octets: bytes

    @classmethod
    def make(cls, name: Labels, rdtype: int, payload: int, flags: int = dns.flags.RD) -> Self:
        """Ask for a name, with recursion unless told otherwise; EDNS if a payload is given."""
        kind = dns.rdatatype.RdataType(rdtype)
        question = dns.name.Name((*name, b""))
        edns = 0 if payload else False
        message = dns.message.make_query(
            question, kind, use_edns=edns, payload=payload or None, flags=flags
        )
        asked = (lower(name), int(rdtype), int(dns.rdataclass.IN))
        return cls(message.id, asked, message.to_wire())

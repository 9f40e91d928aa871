# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer says about a name: follows CNAMEs, tells "there is none" from "I do not know"."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from ..judge.answers import AnswerStatus

MAX_CHAIN = 16  # CNAMEs followed from one name, as in most resolvers


class Unusable(Exception):  # noqa: N818 (what happened)
    """An answer that says nothing; str() says in words why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read; ``status`` None means that the last name of the chain is to be asked for."""

    status: AnswerStatus | None
    values: tuple[str, ...] = ()
    ttl: int | None = None


@dataclass(slots=True)
class Chain:
    """The names from the question along the CNAMEs (RFC 2317: the PTR is at the target)."""

    rdtype: dns.rdatatype.RdataType
    names: list[dns.name.Name]
    ttls: list[int] = field(default_factory=list)

    @property
    def end(self) -> dns.name.Name:
        """The name that the answer must be about."""
        return self.names[-1]

    def read(self, message: dns.message.Message) -> Reading:
        """Read an answer to the question for the end of the chain.

        Raises Unusable, and then has followed nothing: another server may know better.
        """
        names, ttls = list(self.names), list(self.ttls)
        try:
            return self._read(message)
        except Unusable:
            self.names, self.ttls = names, ttls
            raise

    def _read(self, message: dns.message.Message) -> Reading:
        rcode = message.rcode()
        if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise Unusable(dns.rcode.to_text(rcode))
        began = len(self.names)
        while (found := _find(message, self.end, self.rdtype)) is None:
            alias = _find(message, self.end, dns.rdatatype.CNAME)
            if alias is None:
                return self._negative(message, followed=len(self.names) > began)
            self._follow(alias)
        self.ttls.append(found.ttl)
        values = tuple(_text(rdata) for rdata in found)
        return Reading(AnswerStatus.OK, values, min(self.ttls))

    def _follow(self, alias: dns.rrset.RRset) -> None:
        target = min(rdata.target for rdata in alias)
        if target in self.names:
            raise Unusable("a loop of CNAMEs")
        if len(self.names) > MAX_CHAIN:
            raise Unusable(f"more than {MAX_CHAIN} CNAMEs")
        self.names.append(target)
        self.ttls.append(alias.ttl)

    def _negative(self, message: dns.message.Message, *, followed: bool) -> Reading:
        """Read "there is none", if that is what it says (RFC 2308 section 2)."""
        start = _soa(message.authority)
        ttl = min([*self.ttls, start.ttl, start[0].minimum]) if start else None
        if message.rcode() == dns.rcode.NXDOMAIN:
            return Reading(AnswerStatus.NXDOMAIN, ttl=ttl)
        if followed and not (start and self.end.is_subdomain(start.name)):
            return Reading(None)  # the server stopped at the border of its zone
        if message.answer and not followed:
            raise Unusable("an answer about something else")
        if not start and any(r.rdtype == dns.rdatatype.NS for r in message.authority):
            raise Unusable("a referral")
        if not message.flags & (dns.flags.AA | dns.flags.RA):
            raise Unusable("an empty answer without authority (lame)")
        return Reading(AnswerStatus.NODATA, ttl=ttl)


def _find(
    message: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    for rrset in message.answer:
        if rrset.rdtype == rdtype and rrset.rdclass == dns.rdataclass.IN and rrset.name == name:
            return rrset if len(rrset) else None
    return None


def _soa(authority: Sequence[dns.rrset.RRset]) -> dns.rrset.RRset | None:
    for rrset in authority:
        if rrset.rdtype == dns.rdatatype.SOA and len(rrset):
            return rrset
    return None


def _text(rdata: Any) -> str:  # PTR, A or AAAA, whose classes have no common attribute
    """Return the address, or the name in presentation form without its final dot."""
    if rdata.rdtype == dns.rdatatype.PTR:
        return str(rdata.target.to_text(omit_final_dot=True))
    return str(rdata.address)

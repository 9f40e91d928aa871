# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer says about a name: follows CNAMEs, tells "there is none" from "I do not know"."""

from dataclasses import dataclass, field

import dns.flags
import dns.rcode
from dns.rdatatype import CNAME, NS, SOA

from ..judge.answers import AnswerStatus
from .labels import Labels, lower, text
from .wire import Message, Record

_KNOWING = int(dns.flags.AA | dns.flags.RA)
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

    rdtype: int
    names: list[Labels]
    ttls: list[int] = field(default_factory=list)

    @property
    def end(self) -> Labels:
        """The name that the answer must be about."""
        return self.names[-1]

    def read(self, message: Message) -> Reading:
        """Read an answer to the question for the end of the chain.

        Raises Unusable, and then has followed nothing: another server may know better.
        """
        names, ttls = list(self.names), list(self.ttls)
        try:
            return self._read(message)
        except Unusable:
            self.names, self.ttls = names, ttls
            raise

    def _read(self, message: Message) -> Reading:
        if message.rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise Unusable(dns.rcode.to_text(dns.rcode.Rcode.make(message.rcode)))
        began = len(self.names)
        while not (found := self._found(message, self.rdtype)):
            aliases = self._found(message, CNAME)
            if not aliases:
                return self._negative(message, followed=len(self.names) > began)
            self._follow(min(aliases, key=lambda record: record.target))
        self.ttls.append(min(record.ttl for record in found))
        values = dict.fromkeys(record.address or text(record.target) for record in found)
        return Reading(AnswerStatus.OK, tuple(values), min(self.ttls))

    def _found(self, message: Message, rdtype: int) -> list[Record]:
        """Return the records of a type at the end of the chain."""
        return [r for r in message.answer if r.rdtype == rdtype and r.owner == self.end]

    def _follow(self, alias: Record) -> None:
        target = lower(alias.target)
        if target in self.names:
            raise Unusable("a loop of CNAMEs")
        if len(self.names) > MAX_CHAIN:
            raise Unusable(f"more than {MAX_CHAIN} CNAMEs")
        self.names.append(target)
        self.ttls.append(alias.ttl)

    def _negative(self, message: Message, *, followed: bool) -> Reading:
        """Read "there is none", if that is what it says (RFC 2308 section 2)."""
        start = next((r for r in message.authority if r.rdtype == SOA), None)
        ttl = min([*self.ttls, start.ttl, start.minimum]) if start else None
        # no server says NXDOMAIN by accident, so that it needs no further sign of authority
        if message.rcode == dns.rcode.NXDOMAIN:
            return Reading(AnswerStatus.NXDOMAIN, ttl=ttl)
        if followed and not (start and self._is_in(start.owner)):
            return Reading(None)  # the server stopped at the border of its zone
        if message.answer and not followed:
            raise Unusable("an answer about something else")
        if not start and any(record.rdtype == NS for record in message.authority):
            raise Unusable("a referral")
        if not message.flags & _KNOWING:
            raise Unusable("an empty answer without authority (lame)")
        return Reading(AnswerStatus.NODATA, ttl=ttl)

    def _is_in(self, zone: Labels) -> bool:
        return not zone or self.end[-len(zone) :] == zone

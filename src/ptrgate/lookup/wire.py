# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an answer off the wire (RFC 1035 section 4): the few kinds of record we need.

In linear time, and so not with dnspython, which takes ten seconds of processor time for an answer
of 64 KB whose names lean on each other: every stranger with a reverse zone may send us one.
"""

import struct
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import dns.flags
import dns.rdataclass
from dns.rdatatype import AAAA, CNAME, NS, OPT, PTR, SOA, A

from .labels import Labels, lower

_TRUNCATED = int(dns.flags.TC)
_MAX_NAME = 255
_MAX_LABEL = 63
_MAX_HOPS = 128
_POINTER = 0xC0
_SOA_NUMBERS = 20  # octets of the five numbers after its names


class Malformed(ValueError):  # noqa: N818 (what happened)
    """Octets that are no DNS message."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: owner in lower case, and the target or address where it has one.

    ``contact`` is the mailbox of a SOA record, its first label the part before the @.
    """

    owner: Labels
    rdtype: int
    ttl: int
    target: Labels = ()
    address: str = ""
    minimum: int = 0
    contact: Labels = ()


@dataclass(slots=True)
class Message:
    """One message; a truncated one is not read beyond its header."""

    identity: int
    flags: int
    rcode: int = 0
    question: tuple[Labels, int, int] | None = None
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)

    @property
    def is_truncated(self) -> bool:
        """Whether the whole answer is to be had over TCP only."""
        return bool(self.flags & _TRUNCATED)


def read(wire: bytes) -> Message:
    """Read a message. Raises Malformed; what follows the message is ignored."""
    try:
        identity, flags, *counts = struct.unpack_from("!6H", wire)
        message = Message(identity, flags, flags & 0xF)
        if not message.is_truncated:
            _Reader(wire).fill(message, counts)
    except (IndexError, struct.error, AddressValueError):
        raise Malformed("it ends too soon") from None
    return message


@dataclass(slots=True)
class _Reader:
    """Walks through the octets; remembers names that others point to."""

    wire: bytes
    position: int = 12
    known: dict[int, Labels] = field(default_factory=dict)

    def fill(self, message: Message, counts: list[int]) -> None:
        questions, answers, authorities, additionals = counts
        for _ in range(questions):
            name = lower(self._name())
            rdtype, rdclass = self._unpack("!HH")
            message.question = (name, rdtype, rdclass)
        sections = (message.answer, message.authority, message.additional)
        for section, count in zip(sections, (answers, authorities, additionals), strict=True):
            records = (self._record(message) for _ in range(count))
            section.extend(record for record in records if record is not None)
        if questions > 1:
            raise Malformed("it has several questions")

    def _unpack(self, form: str) -> tuple[int, ...]:
        numbers = struct.unpack_from(form, self.wire, self.position)
        self.position += struct.calcsize(form)
        return numbers

    def _record(self, message: Message) -> Record | None:
        """Read one record; None for those of no use here. An OPT completes the rcode."""
        owner = self._name()
        rdtype, rdclass, ttl, size = self._unpack("!HHIH")
        end = self.position + size
        if end > len(self.wire):
            raise Malformed("a record ends too late")
        try:
            if rdtype == OPT:
                message.rcode |= ttl >> 24 << 4  # RFC 6891 section 6.1.3
            elif rdclass == dns.rdataclass.IN:
                return self._of_use(lower(owner), rdtype, ttl, end)
        finally:
            self.position = end
        return None

    def _of_use(self, owner: Labels, rdtype: int, ttl: int, end: int) -> Record | None:
        data = self.wire[self.position : end]
        seconds = ttl if ttl < 1 << 31 else 0  # RFC 2181 section 8
        if rdtype in (PTR, CNAME, NS):
            target = self._name()
            self._must_be_at(end)
            return Record(owner, rdtype, seconds, target=target)
        if rdtype == A:
            return Record(owner, rdtype, seconds, address=str(IPv4Address(data)))
        if rdtype == AAAA:
            return Record(owner, rdtype, seconds, address=str(IPv6Address(data)))
        if rdtype == SOA:
            (minimum,) = struct.unpack("!I", data[-4:])
            primary, contact = self._name(), self._name()
            self._must_be_at(end - _SOA_NUMBERS)
            return Record(owner, rdtype, seconds, primary, minimum=minimum, contact=contact)
        return None

    def _must_be_at(self, end: int) -> None:
        if self.position != end:
            raise Malformed("a name leaves its record")

    def _name(self) -> Labels:
        labels, self.position = self._labels(self.position, 0)
        return labels

    def _labels(self, position: int, hops: int) -> tuple[Labels, int]:
        """Return the name that starts there and where its octets end."""
        start = position
        labels: list[bytes] = []
        while size := self.wire[position]:
            if size >= _POINTER:
                target = (size & ~_POINTER) << 8 | self.wire[position + 1]
                if target >= start or hops == _MAX_HOPS:
                    raise Malformed("a name points ahead, or around for ever")
                if target not in self.known:
                    self.known[target] = self._labels(target, hops + 1)[0]
                labels += self.known[target]
                position += 1
                break
            label = self.wire[position + 1 : position + 1 + size]
            if size > _MAX_LABEL or len(label) < size:
                raise Malformed("a label is too long")
            labels.append(label)
            position += 1 + size
        if sum(map(len, labels)) + len(labels) >= _MAX_NAME:
            raise Malformed("a name is too long")
        return tuple(labels), position + 1

# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS answers: honest ones, torn ones, names that lean on each other, and noise."""

import itertools
import struct
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ptrgate.judge.answers import AnswerStatus
from ptrgate.lookup.chain import Chain, Unusable
from ptrgate.lookup.labels import Labels, lower
from ptrgate.lookup.resolver import MAX_PACKETS, Resolver
from ptrgate.lookup.servers import Server
from ptrgate.lookup.wire import Malformed, Message, read

from .chance import Broken, Chance, damage, demand

NAME = "dns"

_CNAME, _SOA, _PTR, _A, _NS, _AAAA, _TXT, _OPT = 5, 6, 12, 1, 2, 28, 16, 41
_QUESTION: Labels = (b"7", b"2", b"0", b"192", b"in-addr", b"arpa")
_HOST: Labels = (b"mx", b"example", b"org")
_NAMES: tuple[Labels, ...] = (
    _HOST, (b"MX", b"Example", b"ORG"), (b"a", b"example"), (b"b", *_HOST), (b"example",), (),
    (b"x" * 63, b"y" * 63, b"z" * 63, b"w" * 58), (b"\0.\\ \xff", b"example"), (b"7", b"0-15"),
)  # fmt: skip
_FLAGS = (0x8180, 0x8180, 0x8580, 0x8183, 0x8583, 0x8182, 0x8185, 0x8000, 0x8380, 0x0100, 0x8181)
_LONGEST = 65535
_SECONDS = 1.0  # of processor time for one message; dnspython's reader needed ten


@dataclass(frozen=True, slots=True)
class Input:
    """A question, the octets that come back, and whether they come through the resolver."""

    question: Labels
    rdtype: int
    octets: bytes
    asked: bool


class _Paper:
    """A message in the making."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.octets = bytearray(12)
        self.places: dict[Labels, int] = {}
        self.compresses = chance.share() < 0.7

    def name(self, labels: Labels) -> bytes:
        """Return a name as it is written here, the end of it perhaps as a pointer."""
        written = b""
        for number, label in enumerate(labels):
            rest = labels[number:]
            if self.compresses and rest in self.places:
                return written + struct.pack("!H", 0xC000 | self.places[rest])
            place = len(self.octets) + len(written)
            if place < 0x4000:
                self.places.setdefault(rest, place)
            written += bytes([len(label)]) + label
        return written + b"\0"

    def record(self, owner: Labels, rdtype: int, target: Labels | None, data: bytes = b"") -> None:
        """Add a record; ``target`` is a name that begins its data."""
        self.octets += self.name(owner)
        ttl = self.chance.pick((0, 5, 60, 300, 86400, 1 << 31, 0xFFFFFFFF))
        self.octets += struct.pack("!HHIH", rdtype, 1, ttl, 0)
        start = len(self.octets)
        if target is not None:
            self.octets += self.name(target)
        self.octets += data
        struct.pack_into("!H", self.octets, start - 2, (len(self.octets) - start) & 0xFFFF)


def make(chance: Chance) -> Input:
    """Make one input."""
    rdtype = chance.pick((_PTR, _PTR, _A, _AAAA))
    question = _QUESTION if rdtype == _PTR else _HOST
    kind = chance.below(1000)
    if kind < 100:
        octets = struct.pack("!6H", 1, chance.pick(_FLAGS), 1, chance.few(9), chance.few(3), 0)
        octets += chance.octets(chance.few(300))
    elif kind == 100:
        octets = _leaning(chance, question, rdtype)
    else:
        octets = _honest(chance, question, rdtype)
        if kind > 500:
            octets = damage(chance, octets, 1 + chance.few(10))
    return Input(question, rdtype, octets[:_LONGEST], chance.below(8) == 0)


def _honest(chance: Chance, question: Labels, rdtype: int) -> bytes:
    paper = _Paper(chance)
    paper.octets += paper.name(question) + struct.pack("!HH", rdtype, 1)
    owner, answers = question, 0
    for _ in range(chance.few(20) if chance.below(3) == 0 else 0):
        target = chance.pick(_NAMES) if chance.below(4) == 0 else (b"%d" % answers, b"c", *question)
        paper.record(owner, _CNAME, target)
        owner, answers = target, answers + 1
    for _ in range(chance.few(12)):
        _value(chance, paper, owner if chance.below(8) else chance.pick(_NAMES), rdtype)
        answers += 1
    authorities = _authority(chance, paper, owner)
    additionals = chance.below(2)
    if additionals:
        paper.octets += b"\0" + struct.pack("!HHIH", _OPT, 1232, chance.pick((0, 1 << 24)), 0)
    flags = chance.pick(_FLAGS) if chance.below(3) == 0 else 0x8180
    struct.pack_into("!6H", paper.octets, 0, 1, flags, 1, answers, authorities, additionals)
    return bytes(paper.octets)


def _value(chance: Chance, paper: _Paper, owner: Labels, rdtype: int) -> None:
    kind = rdtype if chance.below(8) else chance.pick((_A, _AAAA, _PTR, _TXT, _NS, _OPT))
    if kind in (_PTR, _NS):
        target = chance.pick(_NAMES) if chance.below(2) else (chance.octets(1 + chance.few(62)),)
        paper.record(owner, kind, target)
        return
    size = {_A: 4, _AAAA: 16}.get(kind, chance.few(300))
    mapped = kind == _AAAA and chance.below(8) == 0
    data = b"\0" * 10 + b"\xff\xff" + chance.octets(4) if mapped else chance.octets(size)
    paper.record(owner, kind, None, data)


def _authority(chance: Chance, paper: _Paper, owner: Labels) -> int:
    kind = chance.below(4)
    if kind == 0:
        return 0
    zone = owner[chance.below(len(owner) + 1) :] if chance.below(4) else chance.pick(_NAMES)
    if kind == 1:
        paper.record(zone, _NS, chance.pick(_NAMES))
        return 1
    paper.record(
        zone, _SOA, chance.pick(_NAMES), b"\0" + chance.octets(20 if chance.below(8) else 9)
    )
    return 1


def _leaning(chance: Chance, question: Labels, rdtype: int) -> bytes:
    """Return up to 64 KB of records whose names each end in a pointer into a pile of labels."""
    paper = _Paper(chance)
    paper.octets += paper.name(question) + struct.pack("!HH", rdtype, 1)
    paper.record(question, rdtype, tuple(b"abcdefghij"[n % 10 : n % 10 + 1] for n in range(115)))
    pile = len(paper.octets) - 231
    count = chance.pick((500, 1500, 3500))
    for number in range(count):
        reach = chance.below(115) if chance.below(2) else 0
        tail = struct.pack("!H", 0xC000 | (pile + 2 * reach))
        own = b"%03x" % number if chance.below(16) else b"same"
        paper.octets += b"\xc0\x0c" + struct.pack("!HHIH", rdtype, 1, 300, len(own) + 3)
        paper.octets += bytes([len(own)]) + own + tail
        if len(paper.octets) < 0x3F00 and chance.below(2):
            pile = len(paper.octets) - len(own) - 3 - 2 * reach  # lean on this one from now on
    struct.pack_into("!6H", paper.octets, 0, 1, 0x8180, 1, count + 1, 0, 0)
    return bytes(paper.octets)


def outcome(given: Input) -> str:
    """Read the answer; return what came of it. Raises Broken."""
    began = time.process_time()
    read_so = _reading(given)
    if time.process_time() - began > _SECONDS:
        began = time.process_time()  # once more: the machine may have been asleep
        _reading(given)
        demand(time.process_time() - began <= _SECONDS, "reading takes too long")
    return f"{read_so} | {_through_the_resolver(given)}" if given.asked else read_so


def _reading(given: Input) -> str:
    try:
        message = read(given.octets)
    except Malformed as error:
        return f"malformed: {error}"
    _look_at(message)
    chain = Chain(given.rdtype, [given.question])
    try:
        reading = chain.read(message)
    except Unusable as error:
        demand(chain.names == [given.question], "an answer of no use was followed")
        return f"unusable: {error}"
    demand(len(chain.names) == len(set(chain.names)), "a chain runs in a circle")
    demand(reading.ttl is None or 0 <= reading.ttl < 1 << 31, f"a time of {reading.ttl} s")
    return f"{reading.status} {reading.ttl} {_written(reading.values, given.rdtype)}"


def _look_at(message: Message) -> None:
    for record in (*message.answer, *message.authority):
        for name in (record.owner, record.target):
            demand(sum(map(len, name)) + len(name) < 255, "a name is too long")
            demand(all(0 < len(label) < 64 for label in name), "a label is too long")
        demand(record.owner == lower(record.owner), "an owner is not in lower case")


def _written(values: tuple[str, ...], rdtype: int) -> str:
    if rdtype != _PTR:  # Pythons differ in how they write IPv4-mapped addresses
        return " ".join(ip_address(value).packed.hex() for value in values)
    line = " ".join(values)
    demand(line.isascii() and line.isprintable(), "a name is not printable")
    demand(all(value and " " not in value for value in values), "a name has a space, or nothing")
    return line


class _Channel:
    """A socket to a nameserver that always says the same, under the identity it is asked with."""

    def __init__(self, octets: bytes, *, is_stream: bool) -> None:
        self._octets, self._is_stream = octets, is_stream
        self._left = b""

    def settimeout(self, _seconds: float) -> None:
        """Nothing takes time here."""

    def gettimeout(self) -> None:
        """Return None: it blocks."""

    def setsockopt(self, *_option: object) -> None:
        """Nothing takes time here."""

    def send(self, query: bytes) -> None:
        """Take a datagram."""
        self._left = query[:2] + self._octets[2:]

    def sendall(self, query: bytes) -> None:
        """Take a message from a stream."""
        whole = self._octets[:2] + bytes([self._octets[2] & ~2 & 0xFF]) + self._octets[3:]
        self._left = struct.pack("!H", len(whole)) + query[2:4] + whole[2:]

    def recv(self, size: int) -> bytes:
        """Give what is left, once."""
        if not self._left and not self._is_stream:
            raise BlockingIOError
        heard, self._left = self._left[:size], self._left[size:] if self._is_stream else b""
        return heard


def _through_the_resolver(given: Input) -> str:
    def dial(_server: Server, kind: int, _seconds: float) -> AbstractContextManager[Any]:
        return nullcontext(_Channel(given.octets, is_stream=kind == 1))

    ticks = itertools.count()
    resolver = Resolver([("192.0.2.53", 53)], dial=dial, clock=lambda: next(ticks) / 1000)
    if given.rdtype == _PTR:
        answer = resolver.pointers(ip_address("192.0.2.7"))
    else:
        answer = resolver.addresses("mx.example.org", 4 if given.rdtype == _A else 6)
    demand(answer.queries <= MAX_PACKETS, f"{answer.queries} packets for one check")
    if (answer.status is AnswerStatus.FAILED) != bool(answer.reason):
        raise Broken("a failure without a reason")
    return f"{answer.status} {answer.queries} {_written(answer.values, given.rdtype)}"

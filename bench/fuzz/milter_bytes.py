# SPDX-License-Identifier: GPL-3.0-or-later
"""What an MTA might say to the milter: whole sessions, and sessions that are torn or mixed up.

An input is what goes over one connection. The milter that is fed is the real one (`milter_fed`).
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator

from ptrgate.judge.refusal import MAX_LINE
from ptrgate.judge.token import Keys, read

from .chance import Chance, damage, demand
from .milter_fed import KEYS, Fed

NAME = "milter"

_KEYS = Keys.read(KEYS)
_OPEN = 24  # connections at a time
_COUNTED = 5000  # inputs between looks at the milter's health
_COMMANDS = b"OCDHMRTLNBEAQKUXZ\0\xff"
_ADDRESSES = (
    b"198.51.100.10", b"198.51.100.7", b"198.51.100.9", b"198.51.100.32", b"203.0.113.5",
    b"127.0.0.1", b"10.0.0.1", b"::1", b"2001:db8::10", b"IPv6:2001:db8::7", b"IPv6:::1",
    b"::ffff:198.51.100.10", b"IPv6:::ffff:198.51.100.7", b"", b"300.1.1.1", b"/run/socket",
    b"fe80::1%eth0", b"198.51.100.7 ", b"\xff", b"%s%n",
)  # fmt: skip
_WORDS = (
    b"<author@example.net>", b"<reader@example.org>", b"<abuse@example.net>", b"<>", b"",
    b"<READER@EXAMPLE.ORG>", b"<reader>", b"\"a b\"@c", b"<\xff\xfe@example.org>", b"%s%n%d",
    b"<a@b>\0SIZE=100\0BODY=8BITMIME", b"x" * 600, b"<" * 50, b"a\r\nb", b"client.example",
    "<ü@example.org>".encode(), b"<a=b c,d@example.org>", b"\0\0", b"NOTIFY=NEVER",
)  # fmt: skip
_MACROS = (
    b"{auth_authen}\0joe\0", b"j\0mx.example.org\0", b"j\0mx\0{auth_authen}\0\0", b"j", b"",
    b"{client_name}\0mx.example.com\0", b"j\0\xff\xfe\0", b"{" * 90, b"i\0ABC\0j\0%s\0",
)  # fmt: skip
_NOTICE = re.compile(rb"/r/([0-9A-Z]+)")
_HOST = re.compile(rb"(Authentication-Results\0)[^;]*;")
_FIRSTS = frozenset(b"OacdryithmpeLqs4f-+")


def make(chance: Chance) -> bytes:
    """Make what goes over one connection."""
    packets = list(_session(chance))
    for _ in range(chance.few(4) if chance.below(2) else 0):
        _mix_up(chance, packets)
    octets = b"".join(struct.pack("!I", len(packet)) + packet for packet in packets)
    if chance.below(3) == 0:
        octets = damage(chance, octets, 1 + chance.few(6))
    return _bearable(octets)


def _bearable(octets: bytes) -> bytes:
    """Make an unknown command of each macro list that is not a row of names and values.

    libmilter reads beyond the end of such a list, and dies. Postfix sends none, and nobody else
    may write to the socket; a worker that dies is replaced.
    """
    whole, place = bytearray(octets), 0
    while place + 4 < len(whole):
        end = place + 4 + int.from_bytes(whole[place : place + 4], "big")
        words = whole[place + 6 : end]
        if whole[place + 4] == ord("D") and (words.count(0) % 2 or (words and words[-1])):
            whole[place + 4] = ord("Z")
        place = end
    return bytes(whole)


def _session(chance: Chance) -> Iterator[bytes]:
    actions, steps = chance.pick((0x1FF, 0x1FF, 0, 1)), chance.pick((0x1FFFFF, 0x1FFFFF, 0, 0x7F))
    yield b"O" + struct.pack("!III", chance.pick((6, 6, 6, 2, 3, 9)), actions, steps)
    if chance.below(2):
        yield b"DC" + chance.pick(_MACROS)
    yield _connect(chance)
    yield b"H" + chance.pick(_WORDS) + b"\0"
    for _ in range(1 + chance.few(2)):
        if chance.below(3) == 0:
            yield b"DM" + chance.pick(_MACROS)
        yield b"M" + chance.pick(_WORDS) + b"\0"
        for _ in range(chance.few(12)):
            yield b"R" + chance.pick(_WORDS) + b"\0"
        if chance.below(2):
            yield chance.pick((b"T", b"L" + b"Subject\0x\0", b"N", b"Bhello\r\n"))
            yield chance.pick((b"E", b"E", b"A", b"Elast\r\n"))
    if chance.below(4):
        yield chance.pick((b"Q", b"Q", b"K"))


def _connect(chance: Chance) -> bytes:
    address = chance.pick(_ADDRESSES[:8]) if chance.below(3) else chance.pick(_ADDRESSES)
    family = b"6" if b":" in address else b"4"
    if chance.below(12) == 0:
        family = chance.pick((b"L", b"U", b"4", b"6", b"\0", b"x"))
    if family == b"U":
        return b"Csomewhere\0U"
    name = chance.pick(_WORDS).replace(b"\0", b"")
    return b"C" + name + b"\0" + family + b"\0\x19" + address + b"\0"


def _mix_up(chance: Chance, packets: list[bytes]) -> None:
    place = chance.below(len(packets))
    kind = chance.below(5)
    if kind == 0 and len(packets) > 1:
        del packets[place]
    elif kind == 1:
        packets.insert(chance.below(len(packets)), packets[place])
    elif kind == 2:
        packets[place] = bytes([chance.pick(_COMMANDS)]) + packets[place][1:]
    elif kind == 3:
        packets.insert(place, bytes([chance.pick(_COMMANDS)]) + chance.octets(chance.few(60)))
    else:
        packets[place] = packets[place].rstrip(b"\0")


def outcomes(inputs: Iterable[bytes]) -> Iterator[str]:
    """Feed a milter; yield what it answered to each. Raises Broken."""
    with Fed() as fed:
        batch: list[bytes] = []
        since = 0
        for octets in inputs:
            batch.append(octets)
            if len(batch) == _OPEN:
                yield from map(_told, fed.answers(batch))
                since, batch = since + _OPEN, []
            if since >= _COUNTED:
                fed.look()
                since = 0
        yield from map(_told, fed.answers(batch))
        fed.look()


def _told(answer: bytes) -> str:
    """Return the kinds of answer, and a digest of all that is not chance."""
    digest, kinds, place = hashlib.sha256(), set(), 0
    while place < len(answer):
        demand(place + 4 < len(answer), "half an answer")
        (size,) = struct.unpack_from("!I", answer, place)
        packet = answer[place + 4 : place + 4 + size]
        demand(len(packet) == size > 0 and packet[0] in _FIRSTS, f"no answer: {packet!r}")
        if packet[:1] == b"y":
            _look_at(packet[1:].rstrip(b"\0"))
        digest.update(_HOST.sub(rb"\1host;", _NOTICE.sub(b"/r/NOTICE", packet)) + b"\n")
        kinds.add(packet[:1].decode())
        place += 4 + size
    return f"{''.join(sorted(kinds)) or 'nothing'} {digest.hexdigest()[:16]}"


def _look_at(reply: bytes) -> None:
    line = reply.decode("ascii", "replace")
    demand(line.isascii() and line.isprintable(), f"no printable line: {reply!r}")
    demand(len(line) <= MAX_LINE + line.count("%"), f"a reply is too long: {reply!r}")
    demand(line[:3] in ("550", "552", "451", "421"), f"a reply with an odd code: {reply!r}")
    for notice in _NOTICE.findall(reply):
        demand(
            read(notice.decode(), _KEYS).address in line or line[:3] == "421", "another's notice"
        )

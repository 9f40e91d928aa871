# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to one nameserver, one answer back, over UDP or TCP, until a moment in time.

Replies that are not the answer to the question (wrong id, source, question; unparsable) are
ignored: the true answer may still come. Sockets are connected, so that the kernel drops
datagrams from anyone else; addresses are numeric, so that nsswitch is never involved.
"""

import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager

import dns.flags
import dns.rcode

from . import wire
from .query import Query
from .servers import Server, shown

_DATAGRAM_OCTETS = 65535
_REPLY, _OPCODE = int(dns.flags.QR), 0x7800  # as numbers: an IntFlag takes microseconds
_ERRORS_WITHOUT_QUESTION = frozenset(
    {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.SERVFAIL, dns.rcode.REFUSED}
)

Clock = Callable[[], float]
# server, SOCK_DGRAM or SOCK_STREAM, seconds to wait -> a socket connected to it; raises OSError
Dial = Callable[[Server, int, float], AbstractContextManager[socket.socket]]


class Silence(Exception):  # noqa: N818 (what happened)
    """No usable answer came; str() says in words which server and why."""


class Unreachable(Silence):
    """There is no way to the server from here, or nobody listens there."""


def dial(server: Server, kind: int, seconds: float) -> socket.socket:
    """Return a socket of our own making."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    found = socket.getaddrinfo(server[0], server[1], type=kind, flags=flags)
    family, _, protocol, _, endpoint = found[0]
    channel = socket.socket(family, kind, protocol)
    try:
        channel.settimeout(seconds)
        channel.connect(endpoint)
    except OSError:
        channel.close()
        raise
    return channel


def over_udp(
    server: Server, query: Query, until: float, clock: Clock, dial: Dial = dial
) -> wire.Message:
    """Send the question in one datagram and return its answer, perhaps a truncated one."""
    began = clock()
    try:
        with dial(server, socket.SOCK_DGRAM, _remaining(until, clock)) as channel:
            channel.send(query.octets)
            while True:
                _wait_at_most(channel, _remaining(until, clock))
                answer = _match(query, channel.recv(_DATAGRAM_OCTETS))
                if answer is not None:
                    return answer
    except OSError as error:
        raise _silence(server, error, until - began) from None


def _wait_at_most(channel: socket.socket, seconds: float) -> None:
    """Let recv raise BlockingIOError after a time.

    The kernel measures it: with settimeout() Python would poll before each call, and give other
    threads the interpreter four times as often as there is something to wait for.
    """
    if channel.gettimeout() is not None:
        channel.setblocking(True)
    whole = max(int(seconds * 1e6), 1)  # 0 would be for ever
    patience = struct.pack("@ll", *divmod(whole, 1_000_000))  # struct timeval
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)


def over_tcp(
    server: Server, query: Query, until: float, clock: Clock, dial: Dial = dial
) -> wire.Message:
    """Send the question over a connection of its own and return its answer."""
    began = clock()
    try:
        with dial(server, socket.SOCK_STREAM, _remaining(until, clock)) as channel:
            channel.sendall(struct.pack("!H", len(query.octets)) + query.octets)
            while True:
                (size,) = struct.unpack("!H", _octets(channel, 2, until, clock))
                answer = _match(query, _octets(channel, size, until, clock))
                if answer is not None:
                    return answer
    except OSError as error:
        raise _silence(server, error, until - began, " over TCP") from None


def _remaining(until: float, clock: Clock) -> float:
    remaining = until - clock()
    if remaining <= 0:
        raise TimeoutError
    return remaining


def _octets(channel: socket.socket, size: int, until: float, clock: Clock) -> bytes:
    """Read exactly so many octets, however slowly they drip, until the time is over."""
    read = bytearray()
    while len(read) < size:
        channel.settimeout(_remaining(until, clock))
        more = channel.recv(size - len(read))
        if not more:
            raise ConnectionResetError
        read += more
    return bytes(read)


def _match(query: Query, octets: bytes) -> wire.Message | None:
    """Return the message if it answers the query."""
    try:
        answer = wire.read(octets)
    except wire.Malformed:
        return None
    is_reply = answer.flags & _REPLY and not answer.flags & _OPCODE
    if answer.identity != query.identity or not is_reply:
        return None
    if answer.question is None:
        says_enough = answer.is_truncated or answer.rcode in _ERRORS_WITHOUT_QUESTION
        return answer if says_enough else None
    return answer if answer.question == query.question else None


def _silence(server: Server, error: OSError, seconds: float, how: str = "") -> Silence:
    if isinstance(error, TimeoutError | BlockingIOError):
        return Silence(f"no answer from {shown(server)} within {max(seconds, 0):.1f} s{how}")
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return Silence(f"{shown(server)} broke off the connection{how}")
    return Unreachable(f"{shown(server)} cannot be reached ({error.strerror or error}){how}")

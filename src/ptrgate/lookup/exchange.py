# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to one nameserver, one answer back, over UDP or TCP, until a moment in time.

Replies that are not the answer to the question (wrong id, source, question; unparsable) are
ignored: the true answer may still come. Sockets are connected, so that the kernel drops
datagrams from anyone else; addresses are numeric, so that nsswitch is never involved.
"""

import socket
import struct
from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode

from .servers import Server, shown

_HEADER_OCTETS = 12
_DATAGRAM_OCTETS = 65535
_ERRORS_WITHOUT_QUESTION = frozenset(
    {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.SERVFAIL, dns.rcode.REFUSED}
)
# all that dnspython raises for what a stranger may send
_UNPARSABLE = (dns.exception.DNSException, ValueError, LookupError, TypeError, struct.error)

Clock = Callable[[], float]


class Silence(Exception):  # noqa: N818 (what happened)
    """No usable answer came; str() says in words which server and why."""


def over_udp(
    server: Server, query: dns.message.Message, until: float, clock: Clock
) -> dns.message.Message:
    """Send the question in one datagram and return its answer, perhaps a truncated one."""
    began = clock()
    try:
        with _connected(server, socket.SOCK_DGRAM, until, clock) as channel:
            channel.send(query.to_wire())
            while True:
                channel.settimeout(_remaining(until, clock))
                answer = _match(query, channel.recv(_DATAGRAM_OCTETS))
                if answer is not None:
                    return answer
    except OSError as error:
        raise Silence(_words(server, error, until - began)) from None


def over_tcp(
    server: Server, query: dns.message.Message, until: float, clock: Clock
) -> dns.message.Message:
    """Send the question over a connection of its own and return its answer."""
    began = clock()
    wire = query.to_wire()
    try:
        with _connected(server, socket.SOCK_STREAM, until, clock) as channel:
            channel.sendall(struct.pack("!H", len(wire)) + wire)
            while True:
                (size,) = struct.unpack("!H", _octets(channel, 2, until, clock))
                answer = _match(query, _octets(channel, size, until, clock))
                if answer is not None:
                    return answer
    except OSError as error:
        raise Silence(_words(server, error, until - began) + " over TCP") from None


def _connected(server: Server, kind: int, until: float, clock: Clock) -> socket.socket:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    found = socket.getaddrinfo(server[0], server[1], type=kind, flags=flags)
    family, _, protocol, _, endpoint = found[0]
    channel = socket.socket(family, kind, protocol)
    try:
        channel.settimeout(_remaining(until, clock))
        channel.connect(endpoint)
    except OSError:
        channel.close()
        raise
    return channel


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


def _match(query: dns.message.Message, wire: bytes) -> dns.message.Message | None:
    """Return the message if it answers the query."""
    if len(wire) < _HEADER_OCTETS:
        return None
    identity, flags = struct.unpack("!HH", wire[:4])
    if identity != query.id or not flags & dns.flags.QR or flags & 0x7800:  # opcode is QUERY
        return None
    try:
        answer = dns.message.from_wire(wire, ignore_trailing=True)
    except _UNPARSABLE:
        return _bare_truncated(identity) if flags & dns.flags.TC else None
    if answer.question:
        is_ours = len(answer.question) == 1 and answer.question[0] == query.question[0]
    else:
        is_ours = answer.rcode() in _ERRORS_WITHOUT_QUESTION
    return answer if is_ours else None


def _bare_truncated(identity: int) -> dns.message.Message:
    """Stand in for an answer cut in the middle of a record: all it says is "ask over TCP"."""
    answer = dns.message.Message(identity)
    answer.flags |= dns.flags.QR | dns.flags.TC
    return answer


def _words(server: Server, error: OSError, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer from {shown(server)} within {max(seconds, 0):.1f} s"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return f"{shown(server)} broke off the connection"
    return f"{shown(server)} cannot be reached ({error.strerror or error})"

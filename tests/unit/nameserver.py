# SPDX-License-Identifier: GPL-3.0-or-later
"""A nameserver on loopback, over UDP and TCP, whose every answer a test decides."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Answerer = Callable[[dns.message.Message, bool], list[bytes]]


class Nameserver:
    """Answers with what ``answer(query, is_tcp)`` returns: any octets, any number of them."""

    def __init__(self, answer: Answerer, at: tuple[str, int] = ("127.0.0.1", 0)):
        self.answer = answer
        self.asked: list[tuple[str, str, bool, bool]] = []  # name, type, EDNS?, TCP?
        self.udp, self.tcp = _bound(at)
        self.address = self.udp.getsockname()
        for serve in (self._udp, self._tcp):
            threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        for channel in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)
            channel.close()

    def _answers(self, wire: bytes, is_tcp: bool) -> list[bytes]:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, query.edns >= 0, is_tcp))
        return self.answer(query, is_tcp)

    def _udp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, source = self.udp.recvfrom(4096)
                for answer in self._answers(wire, False) if wire else ():
                    self.udp.sendto(answer, source)

    def _tcp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                channel, _source = self.tcp.accept()
                with channel, contextlib.suppress(OSError):
                    (size,) = struct.unpack("!H", channel.recv(2))
                    for answer in self._answers(channel.recv(size), True):
                        channel.sendall(struct.pack("!H", len(answer)) + answer)


def _bound(at: tuple[str, int]) -> tuple[socket.socket, socket.socket]:
    """Return UDP and TCP sockets on one port: the one asked for, or one that was free for both."""
    while True:
        udp, tcp = (socket.socket(type=k) for k in (socket.SOCK_DGRAM, socket.SOCK_STREAM))
        udp.bind(at)
        try:
            tcp.bind(udp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
            if at[1]:
                raise
        else:
            tcp.listen()
            return udp, tcp


@contextlib.contextmanager
def serving(answer: Answerer) -> Iterator[Nameserver]:
    server = Nameserver(answer)
    try:
        yield server
    finally:
        server.close()


Zone = dict[tuple[str, str], list[str]]


def from_zone(zone: Zone, flags: int = dns.flags.RA, *, chase: bool = True) -> Answerer:
    """Answer like a recursive server that knows this zone: (name, type) -> values."""

    def answer(query: dns.message.Message, _is_tcp: bool) -> list[bytes]:
        return [reply(query, zone, flags, chase=chase).to_wire(max_size=65535)]

    return answer


def reply(
    query: dns.message.Message, zone: Zone, flags: int = dns.flags.RA, *, chase: bool = True
) -> dns.message.Message:
    """Make an answer from a zone; with ``chase`` the CNAMEs are followed in it."""
    message = dns.message.make_response(query)
    message.flags |= flags
    question = query.question[0]
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    names = {owner for owner, _ in zone}
    for _ in range(40):
        if (name, kind) in zone:
            message.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *zone[name, kind]))
        elif (name, "CNAME") in zone:
            message.answer.append(
                dns.rrset.from_text(name, 300, "IN", "CNAME", *zone[name, "CNAME"])
            )
            name = zone[name, "CNAME"][0]
            if chase:
                continue
        elif name not in names:
            message.set_rcode(dns.rcode.NXDOMAIN)
        break
    return message


def soa(owner: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(owner, 300, "IN", "SOA", "ns.example. h.example. 1 2 3 4 60")


def with_rcode(query: dns.message.Message, rcode: int) -> bytes:
    message = dns.message.make_response(query)
    message.set_rcode(dns.rcode.Rcode(rcode))
    return message.to_wire()

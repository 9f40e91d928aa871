# SPDX-License-Identifier: GPL-3.0-or-later
"""A resolver in place of the host's own that says of every name that it does not exist."""

import socketserver

_NXDOMAIN = 3


def lie(query: bytes) -> bytes:
    """Return the query as an authoritative, recursive answer without anything in it."""
    end = query.index(0, 12) + 5
    flags = bytes([0x84 | query[2] & 1, 0x80 | _NXDOMAIN])
    return query[:2] + flags + b"\0\1" + bytes(6) + query[12:end]


class OverUdp(socketserver.BaseRequestHandler):
    """One datagram."""

    def handle(self) -> None:
        """Answer it."""
        octets, channel = self.request
        channel.sendto(lie(octets), self.client_address)


socketserver.ThreadingUDPServer(("127.0.0.1", 53), OverUdp).serve_forever()

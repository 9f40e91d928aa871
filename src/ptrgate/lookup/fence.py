# SPDX-License-Identifier: GPL-3.0-or-later
"""A fence around a walk that strangers direct: nobody inside is asked, whoever names him.

Who delegates a zone names its servers' addresses, and so whom we send packets to.
"""

import socket

from ..judge.addresses import parse, why_not_asked
from . import exchange
from .servers import Server

PORT = 53


class OutsideOnly:
    """A Dial (see `exchange`) to public addresses at one port, this host's own left out."""

    def __init__(self, port: int = PORT) -> None:
        """Let pass what goes to ``port``."""
        self._port = port

    def __call__(self, server: Server, kind: int, seconds: float) -> socket.socket:
        """Return a socket connected to ``server``; PermissionError if it is not to be asked."""
        why = why_not_asked(parse(server[0]))
        if why or server[1] != self._port:
            raise PermissionError(0, why or f"port {server[1]} is not asked")
        channel = exchange.dial(server, kind, seconds)
        if channel.getsockname()[0] == channel.getpeername()[0]:  # the kernel knows what is ours
            channel.close()
            raise PermissionError(0, "an address of our own")
        return channel

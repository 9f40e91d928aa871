# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to DNS: hands out sockets that are connected to a nameserver of the policy.

The milter reads what strangers send, so it gets no network at all: its sandbox allows unix
sockets only, on every kernel (address filters need cgroup BPF, and a filter of system calls
cannot see an address). What it needs of the network it asks this program for, which reads
nothing from strangers: ``python3 -m ptrgate.milter.door --policy P [--socket S]``.

A client sends ``{"kind": "udp" | "tcp", "host": .., "port": ..}`` in one SOCK_SEQPACKET record
and gets ``+`` with a descriptor, or ``-`` and the reason in words.
"""

import argparse
import contextlib
import ipaddress
import json
import selectors
import socket
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from ..judge.policy import BadPolicy, load
from ..lookup.servers import Server, system_nameservers
from ..shared.listening import NoSocketError, listening_socket
from ..shared.notify import Level, say, tell_manager
from ..shared.paper import paper

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}

MAX_REQUEST = 512  # octets
_BAD_CONFIGURATION = 78


class Door:
    """Serves any number of clients, one request after the other: none of them waits for DNS."""

    def __init__(self, listening: socket.socket, servers: Callable[[], Collection[Server]]) -> None:
        """Serve on ``listening``; ``servers`` returns those that may be asked as of now."""
        self._listening = listening
        self._read_servers = servers
        self._servers = servers()
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve for ever."""
        self._selector.register(self._listening, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listening:
                    self._admit()
                elif isinstance(key.fileobj, socket.socket):
                    self._serve(key.fileobj)

    def _admit(self) -> None:
        with contextlib.suppress(BlockingIOError):
            client, _ = self._listening.accept()
            client.setblocking(False)
            self._selector.register(client, selectors.EVENT_READ)

    def _serve(self, client: socket.socket) -> None:
        try:
            request = client.recv(MAX_REQUEST)
            if request:
                self._answer(client, request)
                return
        except OSError:  # it is gone, or does not read its answers
            pass
        self._selector.unregister(client)
        client.close()

    def _answer(self, client: socket.socket, request: bytes) -> None:
        try:
            wanted = json.loads(request)
            server, kind = (wanted["host"], wanted["port"]), KINDS[wanted["kind"]]
            if not self._may(server):
                raise PermissionError(f"{server} is no nameserver of the policy")
            with connected(server, kind) as channel:
                socket.send_fds(client, [b"+"], [channel.fileno()])
        except (OSError, LookupError, ValueError, TypeError) as error:
            client.send(b"-" + str(error).encode()[:MAX_REQUEST])

    def _may(self, server: Server) -> bool:
        if server not in self._servers:  # there may be a new policy since
            with contextlib.suppress(OSError, BadPolicy):
                self._servers = self._read_servers()
        return server in self._servers


def connected(server: Server, kind: int) -> socket.socket:
    """Return a socket connected (TCP: connecting) to ``server``; raises OSError.

    One to a nameserver on this host is bound to loopback: whoever holds it cannot reach any
    other host with it, because the kernel routes nothing from loopback to outside.
    """
    address = ipaddress.ip_address(server[0])
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    channel = socket.socket(family, kind)
    try:
        channel.setblocking(False)
        if address.is_loopback:
            channel.bind((str(address), 0))
        with contextlib.suppress(BlockingIOError):
            channel.connect((str(address), server[1]))
    except OSError:
        channel.close()
        raise
    return channel


def _servers(policy: Path) -> Collection[Server]:
    return load(paper(policy), source=str(policy)).nameservers or system_nameservers()


def main() -> int:
    """Serve until killed; 78 if policy or socket cannot be used."""
    parser = argparse.ArgumentParser(prog="ptrgate-dns", description=__doc__)
    parser.add_argument("--policy", type=Path, required=True, help="the policy file (TOML)")
    parser.add_argument("--socket", help="path to listen on, where systemd passes no socket")
    given = parser.parse_args()
    try:
        listening = listening_socket(given.socket, socket.SOCK_SEQPACKET)
        door = Door(listening, lambda: _servers(given.policy))
    except (NoSocketError, OSError, BadPolicy) as error:
        say(Level.ERROR, f"the door stays shut: {error}")
        return _BAD_CONFIGURATION
    tell_manager(READY="1")
    door.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

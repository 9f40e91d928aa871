# SPDX-License-Identifier: GPL-3.0-or-later
"""The load: SMTP sessions from many addresses, so many at a time. Runs alone on the senders' host.

Reads a plan as JSON: ``server``, ``port``, ``clients`` (addresses of this host), ``at_once``,
``recipient``, ``message`` (whether to send one or to leave after RCPT). Writes JSON: one row a
session, ``[client, outcome, milliseconds to the greeting, octets both ways]``, and the seconds
that all of them took.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

CLIENTS, SERVERS = ip_network("198.19.0.0/16"), ip_network("203.0.113.0/26")  # the lab, no other
MOST_AT_ONCE = 500
PATIENCE = 60.0  # seconds without any answer to anybody
LETTER = (
    b"From: <bench@senders.example>\r\nSubject: bench\r\n\r\n" + b"x" * 70 + b"\r\n" * 5 + b".\r\n"
)

Step = tuple[str, bytes]
Row = tuple[str, str, float, int]


def script(recipient: str, *, message: bool) -> list[Step]:
    """Return what a client says, each with the name of the step."""
    steps = [
        ("ehlo", b"EHLO client.crowd.example\r\n"),
        ("mail", b"MAIL FROM:<bench@senders.example>\r\n"),
        ("rcpt", b"RCPT TO:<%s>\r\n" % recipient.encode()),
    ]
    return [*steps, ("data", b"DATA\r\n"), ("end", LETTER)] if message else steps


class Session:
    """One SMTP client that says its script until it is refused, and then QUIT."""

    def __init__(self, client: str, server: tuple[str, int], steps: list[Step]) -> None:
        """Connect from the address ``client``."""
        self.client, self.begun = client, time.perf_counter()
        self.outcome, self.greeted, self.octets = "lost", 0.0, 0
        self._step, self._steps, self._heard = "greeting", iter(steps), b""
        self.channel = socket.socket()
        self.channel.setblocking(False)
        self.channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.channel.bind((client, 0))
        self.channel.connect_ex(server)

    def go_on(self) -> bool:
        """Hear what has come and answer it; False when the session is over."""
        try:
            heard = self.channel.recv(65536)
        except OSError:
            heard = b""
        self.octets += len(heard)
        self._heard += heard
        lines = self._heard.split(b"\r\n")
        if not heard or (
            lines[-1] == b"" and lines[-2][3:4] == b" " and not self._answer(lines[-2])
        ):
            self.channel.close()
            return False
        return True

    def _answer(self, reply: bytes) -> bool:
        self._heard = b""
        if self._step == "quit":
            return False
        self.greeted = self.greeted or time.perf_counter() - self.begun
        self.outcome = f"{self._step}:{reply[:3].decode()}"
        quit_now = ("quit", b"QUIT\r\n")
        self._step, line = quit_now if reply[:1] in b"45" else next(self._steps, quit_now)
        self.octets += self.channel.send(line)
        return True

    @property
    def row(self) -> Row:
        """The session's result."""
        return self.client, self.outcome, round(self.greeted * 1000, 3), self.octets


def run(plan: dict[str, Any]) -> Iterator[Row]:
    """Hold ``at_once`` sessions open until every client has had one."""
    server = (plan["server"], plan["port"])
    bounded = ip_address(plan["server"]) in SERVERS and plan["at_once"] <= MOST_AT_ONCE
    if not bounded or not all(ip_address(client) in CLIENTS for client in plan["clients"]):
        raise SystemExit("this is for the lab alone")
    steps = script(plan["recipient"], message=plan["message"])
    waiting, poll = iter(plan["clients"]), select.epoll()
    open_ones: dict[int, Session] = {}
    while True:
        while len(open_ones) < plan["at_once"] and (client := next(waiting, None)):
            session = Session(client, server, steps)
            open_ones[session.channel.fileno()] = session
            poll.register(session.channel, select.EPOLLIN)
        if not open_ones:
            return
        if not (ready := poll.poll(PATIENCE)):
            yield from (session.row for session in open_ones.values())
            return
        for number, _ in ready:
            if not open_ones[number].go_on():
                yield open_ones.pop(number).row


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    start = time.perf_counter()
    rows = list(run(wanted))
    json.dump({"rows": rows, "seconds": time.perf_counter() - start}, sys.stdout)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server on loopback whose mistakes a test chooses; without any it is as it should be."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

TRUE_END = b"\r\n.\r\n"
REFUSED = "554 5.7.1 Relay access denied"


@dataclass
class Mistakes:
    """What the server does wrong. ``replies`` are lines by pattern of the command."""

    replies: dict[str, str] = field(default_factory=dict)
    ends: tuple[bytes, ...] = (TRUE_END,)
    at_end: str = "554 5.4.0 Error: too many hops"
    keywords: tuple[str, ...] = ()
    greeting: str = "220 mx.example.org ESMTP"
    context: ssl.SSLContext | None = None
    wrapped: bool = False  # TLS from the start


class Server:
    """Serves any number of sessions; ``said`` is every command it heard, ``taken`` every message
    that ended."""

    def __init__(self, mistakes: Mistakes):
        self.mistakes = mistakes
        self.said: list[str] = []
        self.taken: list[bytes] = []
        self.sessions = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                channel, _ = self.listener.accept()
                self.sessions += 1
                threading.Thread(target=self._guarded, args=(channel,), daemon=True).start()

    def _guarded(self, channel: socket.socket) -> None:
        with channel, contextlib.suppress(OSError, EOFError):
            Talk(self, channel).run()


class Talk:
    """One session."""

    def __init__(self, server: Server, channel: socket.socket):
        self.server, self.mistakes, self.channel = server, server.mistakes, channel
        self.unread = b""

    def run(self) -> None:
        if self.mistakes.wrapped:
            self.handshake()
        self.reply(self.mistakes.greeting)
        while True:
            command = self.until(b"\r\n").decode()
            self.server.said.append(command)
            self.obey(command)

    def obey(self, command: str) -> None:
        verb = command.partition(" ")[0].upper()
        for pattern, reply in self.mistakes.replies.items():
            if re.search(pattern, command):
                return self.reply(reply)
        if verb == "EHLO":
            return self.reply(self.offered())
        if verb == "QUIT":
            self.reply("221 2.0.0 Bye")
            raise EOFError
        if verb == "DATA":
            return self.data()
        if verb == "STARTTLS" and self.mistakes.context:
            return self.secure()
        own = re.fullmatch(r"RCPT TO:<(postmaster|root@mx\.example\.org)>", command)
        good = own or verb in ("MAIL", "RSET", "NOOP")
        return self.reply("250 2.0.0 Ok" if good else REFUSED)

    def offered(self) -> str:
        tls = ("STARTTLS",) if self.mistakes.context else ()
        lines = ["mx.example.org", *self.mistakes.keywords, *tls, "SIZE"]
        return "\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    def data(self) -> None:
        self.reply("354 End data with <CR><LF>.<CR><LF>")
        self.server.taken.append(self.until(*self.mistakes.ends))
        self.reply(self.mistakes.at_end)

    def secure(self) -> None:
        self.reply("220 2.0.0 Ready to start TLS")
        self.handshake()

    def handshake(self) -> None:
        assert self.mistakes.context
        self.channel = self.mistakes.context.wrap_socket(self.channel, server_side=True)

    def reply(self, text: str) -> None:
        if text == "HANG UP":
            raise EOFError
        if text == "DRIP":
            for octet in b"250-" + b"x" * 1000:
                self.channel.sendall(bytes((octet,)))
                time.sleep(0.01)
        self.channel.sendall(text.replace("\n", "\r\n").encode("latin-1") + b"\r\n")

    def until(self, *ends: bytes) -> bytes:
        while not (found := [end for end in ends if end in self.unread]):
            octets = self.channel.recv(4096)
            if not octets:
                raise EOFError
            self.unread += octets
        end = min(found, key=self.unread.index)
        before, _, self.unread = self.unread.partition(end)
        return before


@contextlib.contextmanager
def serving(**mistakes: object) -> Iterator[Server]:
    """Serve for the length of a with statement."""
    server = Server(Mistakes(**mistakes))  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.listener.close()

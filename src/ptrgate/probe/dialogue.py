# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge: one SMTP session, line by line, bounded in time and octets whatever the server does."""

import re
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Self

MAX_LINE = 2048  # RFC 5321 section 4.5.3.1.5 says 512; more than four times that is no SMTP
MAX_LINES = 64
REPLY_SECONDS = 20.0  # a judgement takes at most eight, a verification of the recipient six more
SESSION_SECONDS = 60.0
HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


class Broken(Exception):  # noqa: N818 - what happened, as everywhere here
    """The session cannot go on; says why."""


class Unreachable(Broken):
    """No connection."""


class Silent(Broken):
    """No whole reply in time."""


class HungUp(Broken):
    """The server closed the connection."""


class NotStarted(Broken):
    """STARTTLS was not answered with 2xx."""


class NoHandshake(Broken):
    """TLS was not agreed on; ``error`` is OpenSSL's word for it."""

    def __init__(self, error: ssl.SSLError) -> None:
        """Say it in OpenSSL's words."""
        super().__init__(f"no TLS handshake: {error.reason or error}")
        self.error = error


class NotSmtp(Broken):
    """What came is no SMTP reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code, and its lines as they came, without line ends."""

    code: int
    lines: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether it is a 2xx."""
        return self.code // 100 == 2  # noqa: PLR2004 - the first digit of RFC 5321 section 4.2.1

    @property
    def text(self) -> str:
        """What follows the code, all lines in one."""
        return " ".join(line[4:] for line in self.lines)

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463) of the first line, or nothing."""
        first = self.lines[0][4:].partition(" ")[0]
        parts = first.split(".")
        return first if len(parts) == 3 and all(map(str.isdigit, parts)) else ""  # noqa: PLR2004

    def __str__(self) -> str:
        """Return code and text in one line."""
        return f"{self.code} {self.text}"


class Dialogue:
    """One session. All methods raise Broken where it cannot go on."""

    def __init__(self, address: str, port: int) -> None:
        """Connect; ``address`` may be IPv4, IPv6 or IPv4-mapped."""
        self._deadline = time.monotonic() + SESSION_SECONDS
        self._unread = b""
        try:
            self._stream: socket.socket = socket.create_connection((address, port), REPLY_SECONDS)
        except OSError as error:
            raise Unreachable(f"no connection: {error}") from None

    def __enter__(self) -> Self:
        """Be closed at the end of a with statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close without a word."""
        self._stream.close()

    def say(self, line: str) -> Reply:
        """Send one line and return the reply to it."""
        self.send(line.encode("ascii", "replace") + b"\r\n")
        return self.hear()

    def send(self, octets: bytes) -> None:
        """Send octets as they are."""
        try:
            self._stream.settimeout(self._left(REPLY_SECONDS))
            self._stream.sendall(octets)
        except TimeoutError:
            raise Silent("the server takes no more octets") from None
        except OSError as error:
            raise HungUp(f"the server hung up: {error}") from None

    def hear(self, seconds: float | None = None) -> Reply:
        """Return the next whole reply, if it comes within so many seconds, however it drips."""
        end = time.monotonic() + self._left(REPLY_SECONDS if seconds is None else seconds)
        lines: list[str] = []
        while len(lines) < MAX_LINES:
            line = self._line(end)
            if not line[:3].isdigit() or line[3:4] not in ("", " ", "-"):
                raise NotSmtp(f"no SMTP reply: {line[:60]!a}")
            lines.append(line)
            if line[3:4] != "-":
                return Reply(int(line[:3]), tuple(lines))
        raise NotSmtp(f"a reply of more than {MAX_LINES} lines")

    def abandon(self) -> None:
        """Hang up where we are: a message without its end is no message (RFC 5321 section 3.8)."""
        self._stream.close()

    def start_tls(self, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        """Say STARTTLS and finish the handshake; NoHandshake where there is no agreement."""
        reply = self.say("STARTTLS")
        if not reply.good:
            raise NotStarted(f"STARTTLS is answered {reply}")
        if self._unread:
            raise NotSmtp("the server spoke between STARTTLS and the handshake")
        return self.secure(context, name)

    def secure(self, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        """Finish the handshake, now; NoHandshake where there is no agreement."""
        self._stream.settimeout(self._left(REPLY_SECONDS))
        try:
            shown = name if HOSTNAME.fullmatch(name) else "unnamed.invalid"
            secured = context.wrap_socket(self._stream, server_hostname=shown)
        except ssl.SSLError as error:
            raise NoHandshake(error) from None
        except OSError as error:
            raise HungUp(f"the server hung up in the handshake: {error}") from None
        self._stream = secured
        return secured

    def _left(self, seconds: float) -> float:
        return max(0.01, min(seconds, self._deadline - time.monotonic()))

    def _line(self, end: float) -> str:
        while b"\n" not in self._unread:
            if len(self._unread) > MAX_LINE:
                raise NotSmtp(f"a line of more than {MAX_LINE} octets")
            self._unread += self._octets(end)
        line, _, self._unread = self._unread.partition(b"\n")
        if len(line) > MAX_LINE:
            raise NotSmtp(f"a line of more than {MAX_LINE} octets")
        return line.decode("latin-1").rstrip("\r")  # any octet; run.py shows only plain ones

    def _octets(self, end: float) -> bytes:
        left = end - time.monotonic()
        try:
            if left > 0:
                self._stream.settimeout(left)
                if octets := self._stream.recv(4096):
                    return octets
                raise HungUp("the server hung up")
        except TimeoutError:
            pass
        except OSError as error:
            raise HungUp(f"the server hung up: {error}") from None
        raise Silent("no reply in time")

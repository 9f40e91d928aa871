# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the probe asks, as whom, and how often: the bounds that keep it polite."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from .dialogue import Broken, Dialogue, Reply

MAX_SESSIONS = 60  # with one address; the four sets need about forty
MAX_SECONDS = 240.0  # after that no session begins, and one lasts a minute at most
APART_SECONDS = 0.1  # between two connections: 600 a minute, half of what the appliance allows
QUIT_SECONDS = 2.0
HELO = "probe.example.com"


@dataclass(frozen=True, slots=True)
class Target:
    """One address of one host, and the mailboxes that are named there.

    ``name`` is what its certificate must show, ``domains`` what it takes mail for, ``recipient``
    somebody who exists there, ``foreign`` a domain that it must not relay to, ``client`` the
    address to speak for over XCLIENT, if any. ``authorities`` is a file of those whose certificates
    are believed (empty: the system's); not ``vouched``: that the certificate shows another name or
    comes from nobody is told and not held against it. ``old_tls``: TLS 1.0 and 1.1 are meant.
    ``tls``: the session begins with a handshake.
    """

    address: str
    port: int = 25
    name: str = ""
    domains: tuple[str, ...] = ()
    recipient: str = ""
    foreign: str = "example.com"
    client: str = ""
    authorities: str = ""
    vouched: bool = True
    old_tls: bool = False
    tls: ssl.SSLContext | None = None

    @property
    def where(self) -> str:
        """Address and port, and for whom."""
        shown = f"[{self.address}]" if ":" in self.address else self.address
        return f"{shown}:{self.port}" + (f" as {self.client}" if self.client else "")


class Refused(Broken):
    """The host does not begin a session."""


@dataclass
class Session:
    """A session that has said EHLO; ``keywords`` are what the host then offered."""

    dialogue: Dialogue
    server: str
    keywords: tuple[str, ...] = ()

    def ehlo(self) -> None:
        """Say EHLO (again) and read what is offered."""
        reply = wanted(self.dialogue.say(f"EHLO {HELO}"), "EHLO")
        self.keywords = tuple(line[4:].strip().upper() for line in reply.lines[1:])

    def offers(self, keyword: str) -> bool:
        """Tell whether a keyword was offered."""
        return any(one.replace("=", " ").split(" ")[0] == keyword for one in self.keywords)

    def envelope(self, sender: str, recipient: str) -> Reply:
        """Say MAIL and RCPT; return the reply to the last that was said."""
        reply = self.dialogue.say(f"MAIL FROM:<{sender}>")
        return self.dialogue.say(f"RCPT TO:<{recipient}>") if reply.good else reply


@dataclass
class Visits:
    """Opens sessions with one target: apart, MAX_SESSIONS at most, and none after MAX_SECONDS."""

    target: Target
    count: int = 0
    began: float = field(default_factory=time.monotonic)
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Connect, be greeted, say EHLO; say QUIT at the end if the host still listens."""
        self._wait()
        with Dialogue(self.target.address, self.target.port) as dialogue:
            if self.target.tls:
                dialogue.secure(self.target.tls, self.target.name)
            greeting = wanted(dialogue.hear(), "the greeting")
            session = Session(dialogue, (greeting.text.split() or [""])[0])
            session.ehlo()
            if self.target.client:
                self._speak_for(session)
            yield session
            with suppress(Broken):
                dialogue.send(b"QUIT\r\n")
                dialogue.hear(QUIT_SECONDS)

    def _wait(self) -> None:
        with self._lock:
            self.count += 1
            if self.count > MAX_SESSIONS:
                raise Refused(f"the probe ends after {MAX_SESSIONS} sessions with one address")
            if time.monotonic() - self.began > MAX_SECONDS:
                raise Refused(f"the probe ends after {MAX_SECONDS:.0f} seconds with one address")
            pause = self._next - time.monotonic()
            self._next = max(self._next, time.monotonic()) + APART_SECONDS
        time.sleep(max(0.0, pause))

    def _speak_for(self, session: Session) -> None:
        client = self.target.client
        shown = f"IPV6:{client}" if ":" in client else client
        wanted(session.dialogue.say(f"XCLIENT ADDR={shown} NAME=[UNAVAILABLE]"), "XCLIENT")
        session.ehlo()


def wanted(reply: Reply, to: str) -> Reply:
    """Return a good reply; raise Refused for any other."""
    if not reply.good:
        raise Refused(f"{to} is answered {reply}")
    return reply

# SPDX-License-Identifier: GPL-3.0-or-later
"""libmilter's callbacks, turned into a conversation and back; an error stays in its session."""

import functools
import socket
import traceback
from collections.abc import Callable
from typing import Any

import Milter

from ..judge.claim import Claim
from ..judge.refusal import Reply
from ..judge.result import header
from ..judge.words import Action
from ..shared.notify import Level, say
from .conversation import Conversation
from .held import Answer, Go
from .setting import Setting

# What the MTA need not send, as far as it knows how not to: nothing here reads a message, and of
# one to postmaster from a client that is refused only the length counts. A HELO needs no answer.
_UNWANTED = (
    Milter.P_NODATA | Milter.P_NOHDRS | Milter.P_NOEOH | Milter.P_NOUNKNOWN | Milter.P_NR_HELO
)

_MACROS = {
    Milter.M_CONNECT: "j {client_name} {client_resolve} {daemon_addr}",
    Milter.M_ENVFROM: "{auth_authen}",
}

FLAGS = Milter.ADDHDRS | Milter.SETSYMLIST


Callback = Callable[..., int]


def guarded(callback: Callback) -> Callback:
    """Keep an error of ours within its session: accept or defer, as the policy's on_error says."""

    @functools.wraps(callback)
    def guard(self: "Session", *args: Any) -> int:
        if self.fallback is not None:
            return self.fallback
        try:
            return callback(self, *args)
        except Exception:  # noqa: BLE001 - whatever it is, the other sessions go on
            return self.failed(callback.__name__)

    return guard


class Session(Milter.Base):  # type: ignore[misc] # pymilter publishes no types
    """One milter connection."""

    def __init__(self, setting: Setting, on_error: Callable[[], None]) -> None:
        """Begin; ``on_error`` is called for each error of ours."""
        super().__init__()
        self._setting = setting
        self._on_error = on_error
        self._conversation = Conversation(setting)
        self.fallback: int | None = None

    def negotiate(self, opts: list[int]) -> int:
        """Ask for no more than is used.

        pymilter's own negotiate() fails in 1.0.5 as soon as a macro is asked for, hides that
        and asks for everything; so neither it nor Base.setsymlist() is called.
        """
        self._actions = opts[0] & FLAGS
        self._protocol = opts[1] & _UNWANTED
        if self._actions & Milter.SETSYMLIST:
            for stage, names in _MACROS.items():
                self._ctx.setsymlist(stage, names)
        opts[:] = [self._actions, self._protocol, 0, 0]
        return int(Milter.CONTINUE)

    @guarded
    def connect(self, _hostname: str, family: int, hostaddr: Any) -> int:
        """Judge the client; everything that is no Internet address is one of ours."""
        names = ("{client_name}", "{client_resolve}", "{daemon_addr}")
        claim = Claim(*(self._macro(name) for name in names))
        return self._say(self._conversation.connected(_address(family, hostaddr), claim))

    @guarded
    def hello(self, hostname: str) -> int:
        """Take note of HELO."""
        self._conversation.helo(hostname)
        return int(Milter.CONTINUE)

    def hello_unanswered(self, hostname: str) -> int:
        """Take note of HELO, which needs no answer where the MTA agreed to that.

        libmilter complains to syslog, each time, of any other answer to what needs none.
        """
        answer = self.hello(hostname)
        return int(Milter.NOREPLY) if self._protocol & Milter.P_NR_HELO else answer

    @guarded
    def envfrom(self, sender: str, *parameters: str) -> int:
        """Answer MAIL."""
        authenticated = bool(self._macro("{auth_authen}"))
        size = _size(parameters)
        answer = self._conversation.mail(_bare(sender), authenticated=authenticated, size=size)
        return self._say(answer)

    @guarded
    def envrcpt(self, recipient: str, *_parameters: str) -> int:
        """Answer RCPT."""
        return self._say(self._conversation.recipient(_bare(recipient)))

    @guarded
    def body(self, piece: bytes) -> int:
        """Answer a piece of the message."""
        return self._say(self._conversation.body(len(piece)))

    @guarded
    def eom(self) -> int:
        """Add the header of a tagged message."""
        may_add = self._actions & Milter.ADDHDRS  # as the MTA has offered
        if may_add and (result := self._conversation.result()):
            # On top (RFC 8601 5). What came in our name Postfix has removed before (header_checks).
            authserv_id = self._macro("j") or socket.gethostname()
            self.addheader("Authentication-Results", header(authserv_id, result), 0)
        return int(Milter.CONTINUE)

    def close(self) -> int:
        """Write the session's line, if it is not written yet."""
        try:
            self._conversation.closed()
        except Exception:  # noqa: BLE001 - as in guarded, but nobody waits for an answer
            self.failed("close")
        return int(Milter.CONTINUE)

    def failed(self, where: str) -> int:
        """Log and count an error of ours; return what this session is answered from now on."""
        say(Level.ERROR, f"error in {where}, one session: {traceback.format_exc()}")
        self._on_error()
        self._conversation.failed()
        accept = self._setting.policy.on_error == Action.ACCEPT
        self.fallback = int(Milter.ACCEPT if accept else Milter.TEMPFAIL)
        return self.fallback

    def _macro(self, name: str) -> str:
        """Return a macro of the MTA; one that is no UTF-8 is as good as none."""
        try:
            return self.getsymval(name) or ""
        except UnicodeDecodeError:
            return ""

    def _say(self, answer: Answer) -> int:
        if isinstance(answer, Reply):
            # libmilter reads the text as a format: "%" is doubled.
            self.setreply(str(answer.code), answer.enhanced, answer.text.replace("%", "%%"))
            return int(Milter.REJECT if answer.code >= 500 else Milter.TEMPFAIL)  # noqa: PLR2004
        return int(Milter.ACCEPT if answer is Go.ACCEPT else Milter.CONTINUE)


def _address(family: int, hostaddr: Any) -> str | None:
    """Return the client's address; pymilter gives a tuple, a socket's path, or None."""
    if family not in (socket.AF_INET, socket.AF_INET6) or not hostaddr:
        return None
    return str(hostaddr if isinstance(hostaddr, str) else hostaddr[0])


def _bare(path: str) -> str:
    """Take the angle brackets off a path as SMTP writes it (RFC 5321 4.1.2)."""
    return path.removeprefix("<").removesuffix(">")


def _size(parameters: tuple[str, ...]) -> int:
    """Return the octets that MAIL announced (RFC 1870), 0 if it did not."""
    announced = [one[5:] for one in parameters if one[:5].upper() == "SIZE="]
    return int(announced[0]) if announced and announced[0].isdecimal() else 0

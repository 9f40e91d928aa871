# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of one milter connection, turned into a conversation, and its answers into packets.

An error of ours stays in its session. What comes in an order that SMTP does not have ends it.
"""

import socket
import traceback
from collections.abc import Callable
from functools import lru_cache

from ..judge.claim import Claim
from ..judge.refusal import Reply
from ..judge.result import header
from ..judge.words import Action as Treatment
from ..shared.notify import Level, say
from . import packets
from .conversation import Conversation
from .held import Answer, Go
from .packets import Action, BadPacket, Command, Stage, Step
from .setting import Setting

# What the MTA need not send, as far as it knows how not to: nothing here reads a message, and of
# one to postmaster from a client that is refused only the length counts. A HELO needs no answer.
_UNWANTED = (
    Step.NO_DATA | Step.NO_HEADERS | Step.NO_END_OF_HEADERS | Step.NO_UNKNOWN | Step.HELO_UNANSWERED
)
_ACTIONS = Action.ADD_HEADERS | Action.CHOOSE_MACROS

# "" would be the MTA's own choice, which makes it look up where a recipient is routed to.
_MACROS = {
    Stage.CONNECT: "j {client_name} {client_resolve} {daemon_addr}",
    Stage.HELO: "{auth_authen}",
    Stage.MAIL: "{auth_authen}",
    Stage.RECIPIENT: "{auth_authen}",
}


class Session:
    """One milter connection: what is said, in the order in which it may be said."""

    def __init__(self, setting: Setting, on_error: Callable[[], None]) -> None:
        """Begin; ``on_error`` is called for each error of ours."""
        self._setting = setting
        self._on_error = on_error
        self._conversation = Conversation(setting)
        self._macros: dict[int, dict[str, str]] = {}
        self._adds_headers, self._answers_helo = False, True
        self._next: set[int] = {Command.NEGOTIATE}
        self._fallback = b""
        self._closed = False

    def answer(self, command: int, data: bytes) -> bytes | None:
        """Return what the MTA is answered, if anything; None when it says that all is over.

        Raises BadPacket if what it says makes no sense.
        """
        if command == Command.QUIT:
            return None
        if command == Command.MACROS:
            stage, named = packets.macros(data)
            self._macros[stage] = named
            return b""
        if command not in self._next:
            raise BadPacket(f"the command {command} has no place here")
        method, following = _COMMANDS[command]
        self._next = following or self._next
        if self._fallback:
            return b"" if self._unanswered(command) else self._fallback
        try:
            return method(self, data)
        except BadPacket:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the other sessions go on
            self._failed(method.__name__.strip("_"))
            return b"" if self._unanswered(command) else self._fallback

    def close(self) -> None:
        """Write the session's line, if it is not written yet; to be called at every end."""
        if self._closed:
            return
        self._closed = True
        try:
            self._conversation.closed()
        except Exception:  # noqa: BLE001 - as in answer, but nobody waits for one
            self._failed("close")

    def _negotiate(self, data: bytes) -> bytes:
        self._adds_headers, self._answers_helo, options = _agreed(*packets.offer(data))
        return options

    def _connect(self, data: bytes) -> bytes:
        """Judge the client; everything that is no Internet address is one of ours."""
        names = ("{client_name}", "{client_resolve}", "{daemon_addr}")
        claim = Claim(*(self._macro(Command.CONNECT, name) for name in names))
        return _said(self._conversation.connected(packets.address(data), claim))

    def _helo(self, data: bytes) -> bytes:
        self._conversation.helo(packets.words(data)[0])
        return b"" if self._unanswered(Command.HELO) else packets.GO_ON

    def _mail(self, data: bytes) -> bytes:
        sender, *parameters = packets.words(data)
        authenticated = bool(self._macro(Command.MAIL, "{auth_authen}"))
        size = _size(parameters)
        answer = self._conversation.mail(_bare(sender), authenticated=authenticated, size=size)
        return _said(answer)

    def _recipient(self, data: bytes) -> bytes:
        return _said(self._conversation.recipient(_bare(packets.words(data)[0])))

    def _body(self, data: bytes) -> bytes:
        return _said(self._conversation.body(len(data)))

    def _end_of_message(self, data: bytes) -> bytes:
        """Answer the last piece of a message, and add the header of a tagged one."""
        if data and (answer := self._conversation.body(len(data))) is not Go.ON:
            return _said(answer)
        if self._adds_headers and (result := self._conversation.result()):
            # On top (RFC 8601 5). What came in our name Postfix has removed before (header_checks).
            authserv_id = self._macro(Command.CONNECT, "j") or socket.gethostname()
            added = packets.header_on_top("Authentication-Results", header(authserv_id, result))
            return added + packets.GO_ON
        return packets.GO_ON

    def _ignored(self, _data: bytes) -> bytes:
        """Answer what an old MTA cannot leave out."""
        return packets.GO_ON

    def _aborted(self, _data: bytes) -> bytes:
        """Hear that a message was given up: that needs no answer."""
        return b""

    def _failed(self, where: str) -> None:
        """Log and count an error of ours; this session is answered the same from now on."""
        say(Level.ERROR, f"error in {where}, one session: {traceback.format_exc()}")
        self._on_error()
        self._conversation.failed()
        accept = self._setting.policy.on_error == Treatment.ACCEPT
        self._fallback = packets.ACCEPT if accept else packets.TEMPFAIL

    def _unanswered(self, command: int) -> bool:
        return command == Command.ABORT or (command == Command.HELO and not self._answers_helo)

    def _macro(self, stage: Command, name: str) -> str:
        """Return a macro of the MTA; one that is no UTF-8 is as good as none."""
        value = self._macros.get(stage, {}).get(name, "")
        return value if value.isprintable() else ""


_BETWEEN: set[int] = {Command.HELO, Command.MAIL, Command.UNKNOWN, Command.ABORT}
_WITHIN: set[int] = {
    *_BETWEEN, Command.RECIPIENT, Command.DATA, Command.HEADER, Command.END_OF_HEADERS,
    Command.BODY, Command.END_OF_MESSAGE,
}  # fmt: skip

# command -> what answers it, and what may come next; nothing: what could come before
_COMMANDS: dict[int, tuple[Callable[[Session, bytes], bytes], set[int]]] = {
    Command.NEGOTIATE: (Session._negotiate, {Command.CONNECT}),
    Command.CONNECT: (Session._connect, _BETWEEN),
    Command.HELO: (Session._helo, _BETWEEN),
    Command.MAIL: (Session._mail, _WITHIN),
    Command.RECIPIENT: (Session._recipient, _WITHIN),
    Command.DATA: (Session._ignored, _WITHIN),
    Command.HEADER: (Session._ignored, _WITHIN),
    Command.END_OF_HEADERS: (Session._ignored, _WITHIN),
    Command.BODY: (Session._body, _WITHIN),
    Command.END_OF_MESSAGE: (Session._end_of_message, _BETWEEN),
    Command.UNKNOWN: (Session._ignored, set()),
    Command.ABORT: (Session._aborted, _BETWEEN),
}


@lru_cache(maxsize=64)
def _agreed(version: int, actions: int, steps: int) -> tuple[bool, bool, bytes]:
    """Return whether headers may be added, whether HELO is answered, and our half of it."""
    actions, steps = actions & int(_ACTIONS), steps & int(_UNWANTED)
    wanted = _MACROS if actions & Action.CHOOSE_MACROS else {}
    options = packets.options(min(version, packets.VERSION), actions, steps, wanted)
    return bool(actions & Action.ADD_HEADERS), not steps & Step.HELO_UNANSWERED, options


def _said(answer: Answer) -> bytes:
    if isinstance(answer, Reply):
        return packets.reply(str(answer))
    return packets.ACCEPT if answer is Go.ACCEPT else packets.GO_ON


def _bare(path: str) -> str:
    """Take the angle brackets off a path as SMTP writes it (RFC 5321 4.1.2)."""
    return path.removeprefix("<").removesuffix(">")


def _size(parameters: list[str]) -> int:
    """Return the octets that MAIL announced (RFC 1870), 0 if it did not."""
    announced = [one[5:] for one in parameters if one[:5].upper() == "SIZE="]
    return int(announced[0]) if announced and announced[0].isdecimal() else 0

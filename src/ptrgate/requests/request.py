# SPDX-License-Identifier: GPL-3.0-or-later
"""One request for an exception: its bounds, its states, and which of them follow on which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ..judge.addresses import parse
from ..judge.words import Finding

MAX_MAILBOX = 120
MAX_REASON = 500
# A cautious part of RFC 5321: nothing that a shell, a header or a command could mistake.
_LOCALPART = r"[A-Za-z0-9_][A-Za-z0-9._+=-]{0,63}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX = re.compile(
    rf"{_LOCALPART}@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])", re.ASCII
)
_IDENTITY = re.compile(r"[0-9A-HJKMNP-TV-Z]{6}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)


class State(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"


class Event(StrEnum):
    """What the operator does."""

    APPROVE = "approve"
    DENY = "deny"


# What is not here cannot happen: an exemption that was made is taken back by `exempt remove`.
NEXT: dict[tuple[State, Event], State] = {
    (State.WAITING, Event.APPROVE): State.APPROVED,
    (State.WAITING, Event.DENY): State.DENIED,
    (State.DENIED, Event.APPROVE): State.APPROVED,
}


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for which address and why; times are Unix seconds, ``refused`` is the notice's.

    ``mailbox`` was confirmed; ``reason`` is a stranger's and printable; ``decided`` is 0 and ``by``
    empty while it waits.
    """

    id: str
    address: str
    finding: Finding
    refused: int
    mailbox: str
    reason: str
    language: str
    made: int
    state: State = State.WAITING
    decided: int = 0
    by: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what no request may hold."""
        fits = {
            "id": _IDENTITY.fullmatch(self.id),
            "address": str(parse(self.address)) == self.address,
            "mailbox": is_mailbox(self.mailbox),
            "reason": self.reason and self.reason == cleaned(self.reason),
            "language": _LANGUAGE.fullmatch(self.language),
            "by": len(self.by) <= MAX_MAILBOX and (not self.by or self.by.isprintable()),
        }
        wrong = [name for name, is_right in fits.items() if not is_right]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: not in order")


def is_mailbox(text: str) -> bool:
    """Tell whether ``text`` is a mailbox that a letter may go to: plain ASCII, no tricks."""
    dots = ".." in text or ".@" in text
    return len(text) <= MAX_MAILBOX and not dots and _MAILBOX.fullmatch(text) is not None


def cleaned(reason: str) -> str:
    """Return a stranger's text as one printable line of at most ``MAX_REASON`` characters.

    ``str.isprintable`` knows controls, line ends, direction marks and surrogates.
    """
    plain = "".join(c if c.isprintable() else " " for c in reason[: 4 * MAX_REASON])
    return " ".join(plain.split())[:MAX_REASON].strip()

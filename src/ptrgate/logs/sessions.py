# SPDX-License-Identifier: GPL-3.0-or-later
"""The milter's sessions in the journal: found by notice, by address, by mailbox, by queue id."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..judge.token import Notice
from ..milter import journal
from .journald import MAIL, MILTER, Entry, Question

Ask = Callable[[Question], tuple[Entry, ...]]

_BEFORE, _AFTER = 60.0, 7200.0  # a line is written when its session ends
_CLIENT = re.compile(r"^\S+: client=[^[]*\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]")
_FROM = re.compile(r"^\S+: from=<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Session:
    """One judged session: when its line was written, on which host, and what the line says."""

    when: float
    host: str
    line: Mapping[str, str]

    @property
    def recipients(self) -> tuple[list[str], int]:
        """The recipients named, and how many more there were."""
        return journal.read_recipients(self.line["to"]) if "to" in self.line else ([], 0)


def sessions(entries: Iterable[Entry]) -> tuple[Session, ...]:
    """Return the sessions among the lines."""
    read = ((entry, journal.parse(entry.message)) for entry in entries)
    return tuple(Session(entry.when, entry.host, line) for entry, line in read if line)


def of_notice(ask: Ask, ref: str, notice: Notice | None, since: float) -> tuple[Session, ...]:
    """Return the sessions that were given this notice: those of one address and minute."""
    pattern = f"^ref={re.escape(ref)} "
    if notice is None:
        return sessions(ask(Question(MILTER, pattern, since)))
    minute = notice.minute * 60.0
    return sessions(ask(Question(MILTER, pattern, minute - _BEFORE, minute + _AFTER)))


def of_address(
    ask: Ask, address: str, since: float, until: float | None = None
) -> tuple[Session, ...]:
    """Return the newest sessions of a client."""
    pattern = f"^ref=\\S+ address={re.escape(address)} "
    return sessions(ask(Question(MILTER, pattern, since, until)))


def of_mailbox(ask: Ask, mailbox: str, since: float) -> tuple[Session, ...]:
    """Return the newest sessions with this sender or recipient, as far as lines name them."""
    written = re.escape(journal.escape(mailbox))
    found = sessions(ask(Question(MILTER, rf"(?i) (from|to)=(\S*,)?{written}[, ]", since)))
    return tuple(
        session
        for session in found
        if mailbox in {n.lower() for n in (session.line.get("from", ""), *session.recipients[0])}
    )


def of_queue_id(ask: Ask, identity: str, since: float) -> tuple[tuple[Entry, ...], Session | None]:
    """Return Postfix's own lines of a message, and the session it came in by."""
    entries = ask(Question(MAIL, f"^{re.escape(identity)}: ", since))
    client = next((found for entry in entries if (found := _CLIENT.match(entry.message))), None)
    if client is None:
        return entries, None
    when = next(entry.when for entry in entries if _CLIENT.match(entry.message))
    sender = next((found[1] for entry in entries if (found := _FROM.match(entry.message))), "")
    near = of_address(ask, client[1].lower(), when - _AFTER, when + _AFTER)
    named = [session for session in near if session.line.get("from") == (sender or "<>")]
    # a client accepted at connect has told no sender by then
    unnamed = [session for session in near if "from" not in session.line]
    return entries, min(named or unnamed, key=lambda one: abs(one.when - when), default=None)

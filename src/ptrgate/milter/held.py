# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that was not accepted at connect: what it is answered at MAIL, RCPT and end of message.

It is told at RCPT, or at MAIL, because Postfix throws away a text given at connect and a sender's
Postfix keeps such mail for days (design 5). RFC 5321 4.5.1 keeps postmaster reachable; RFC 5321
3.8 allows the 421 that ends a session which goes on after its refusal.
"""

from dataclasses import dataclass
from enum import Enum

from ..judge import policy as policies
from ..judge import refusal, token
from ..judge.finding import Judgement
from ..judge.policy import Circumstances, Decision
from ..judge.refusal import Reply
from ..judge.result import result
from ..judge.words import Action, RefuseAt, Rule, Stage
from . import lastresort
from .record import Record
from .setting import Setting

_REFUSING = (Action.REFUSE, Action.DEFER)
_TOLD_FIRST = (Rule.WARNED, Rule.WRITTEN_TO)


class Go(Enum):
    """The answers that carry no text."""

    ON = "go on"
    ACCEPT = "accept"  # at connect the whole connection, later the message


Answer = Go | Reply


@dataclass
class Transaction:
    """The recipients of one message."""

    accepted: int = 0
    refused: int = 0
    announced: int = 0  # octets, as MAIL said
    seen: int = 0  # octets
    limited: bool = False  # whether it goes to a mailbox of last resort

    @property
    def fruitless(self) -> bool:
        """Whether every recipient was refused; a transaction without any is not."""
        return self.refused > 0 and self.accepted == 0


class Held:
    """One client on its way to a refusal, a deferral or a tag."""

    def __init__(
        self,
        setting: Setting,
        record: Record,
        judgement: Judgement,
        circumstances: Circumstances,
    ) -> None:
        """Hold the client of ``record``, whose ``judgement`` is not an acceptance."""
        self._setting = setting
        self._policy = setting.policy
        self._record = record
        self._judgement = judgement
        self._circumstances = circumstances
        self._sender = ""
        self._authenticated = False
        self._transaction = Transaction()
        self._reached = 0
        self._url = ""

    def decide(self, recipient: str | None = None) -> Decision:
        """Ask the policy with all that is known by now."""
        return policies.decide(
            self._policy,
            self._judgement,
            sender=self._sender or None,
            recipient=recipient,
            authenticated=self._authenticated,
            circumstances=self._circumstances,
        )

    def mail(self, sender: str, *, authenticated: bool, size: int = 0) -> Answer:
        """Answer MAIL FROM:<sender> SIZE=size."""
        self._sender, self._authenticated = sender, authenticated
        self._record.sender(sender or "<>")
        standing = self._setting.standing
        self._circumstances = standing.of_mail(self._circumstances, self._judgement, sender)
        before, self._transaction = self._transaction, Transaction(announced=size)
        decision = self.decide()
        self._record.decided(decision)
        if decision.action not in _REFUSING:
            self._record.spoke_at(Stage.MAIL)
            return Go.ON if decision.action is Action.TAG else Go.ACCEPT
        if before.fruitless:
            return refusal.goodbye(self._notice_url(decision))
        if self._policy.refuse_at is RefuseAt.MAIL:
            return self._refuse(decision, Stage.MAIL)
        return Go.ON

    def recipient(self, recipient: str) -> Answer:
        """Answer RCPT TO:<recipient>."""
        self._record.recipient(recipient)
        decision = self.decide(recipient)
        if decision.rule == Rule.POSTMASTER:
            if self._transaction.announced > lastresort.OCTETS:
                self._transaction.refused += 1
                return self._too_long(decision)
            if self._admitted():
                self._transaction.limited = True
            else:
                decision = self.decide()
        if decision.action in _REFUSING:
            return self._refuse(decision, Stage.RCPT)
        self._transaction.accepted += 1
        self._record.decided(decision)
        self._record.spoke_at(Stage.RCPT)
        return Go.ON

    def body(self, octets: int) -> Answer:
        """Answer a piece of the message: that to a mailbox of last resort may not be long."""
        if not self._transaction.limited:
            return Go.ON
        self._transaction.seen += octets
        long = self._transaction.seen > lastresort.OCTETS
        return self._too_long(self.decide()) if long else Go.ON

    def _admitted(self) -> bool:
        if self._reached >= lastresort.A_SESSION:
            return False
        self._reached += 1
        return self._setting.last_resort.admits(self._judgement.iprev.address)

    def _too_long(self, decision: Decision) -> Reply:
        return refusal.too_long(self._notice_url(decision))

    def result(self) -> str | None:
        """Return what this message's header says of the client, or None if it is not tagged."""
        if self.decide().action is not Action.TAG:
            return None
        self._record.spoke_at(Stage.EOM)
        return result(self._judgement)

    def _refuse(self, decision: Decision, stage: Stage) -> Reply:
        self._transaction.refused += 1
        self._record.refused(decision, stage)
        if decision.rule in _TOLD_FIRST:
            self._setting.standing.warned(self._judgement)
        url = self._notice_url(decision)
        for name in (self._judgement.name, ""):
            reply = refusal.reply(
                policies.shown_finding(decision, self._judgement.finding),
                action=decision.action,
                address=self._judgement.iprev.address,
                name=name,
                url=url,
                refuse_at=self._policy.refuse_at,
            )
            if speakable(reply):
                return reply
        raise ValueError(f"this reply cannot be spoken: {reply!s}")

    def _notice_url(self, decision: Decision) -> str:
        # One notice a session: however many recipients it names, they are refused for one reason.
        if not self._url:
            notice = token.Notice(
                minute=int(self._setting.now() // 60),
                finding=policies.shown_finding(decision, self._judgement.finding),
                action=decision.action,
                address=self._judgement.iprev.address,
            )
            text = token.mint(notice, self._setting.keys)
            self._record.minted(token.ref(text))
            self._url = f"{self._policy.help_url.rstrip('/')}/r/{text}"
        return self._url


def speakable(reply: Reply) -> bool:
    """Tell whether ``reply`` is one printable ASCII line that fits; the last look before the wire.

    A name in DNS may hold anything, and what `refusal.reply` promises is worth testing twice.
    """
    line = str(reply)
    return line.isascii() and line.isprintable() and len(line) <= refusal.MAX_LINE

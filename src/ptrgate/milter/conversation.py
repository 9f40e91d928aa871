# SPDX-License-Identifier: GPL-3.0-or-later
"""What is answered to one client at each step; knows SMTP's steps and nothing of libmilter."""

import ipaddress

from ..judge import policy as policies
from ..judge.claim import NO_CLAIM, Claim, believed
from ..judge.policy import Decision
from ..judge.words import Action, Rule, Stage
from .held import Answer, Go, Held
from .record import Record
from .setting import Setting

_OURS = Decision(Rule.OWN_NETWORK, Action.ACCEPT, Action.ACCEPT)


class Conversation:
    """One milter connection: one SMTP client, any number of messages."""

    def __init__(self, setting: Setting) -> None:
        """Begin with a client that is still unknown."""
        self._setting = setting
        self._record = Record(setting)
        self._held: Held | None = None

    def connected(self, address: str | None, claim: Claim = NO_CLAIM) -> Answer:
        """Judge the client; ``address`` is None where Postfix has no Internet address for it."""
        self._record.begin(address)
        if address is None:
            return self._accept(_OURS)
        if decision := self._without_lookup(address):
            if not ipaddress.ip_address(address).is_loopback:
                if decision.rule == Rule.PRIVATE_ADDRESS:
                    self._setting.standing.private()
                return self._accept(decision)
            # Postfix replays CONNECT after XCLIENT. Whoever connects from this host and never
            # comes to MAIL was such a prober, and its session is counted under the other address.
            self._record.decided(decision)
            return Go.ON
        return self._judge(address, claim)

    def _without_lookup(self, address: str) -> Decision | None:
        circumstances = policies.Circumstances(exemptions=self._setting.standing.exemptions())
        return policies.before_lookup(self._setting.policy, address, circumstances)

    def _judge(self, address: str, claim: Claim) -> Answer:
        judgement = believed(claim, address, self._setting.policy) or self._setting.judge(address)
        self._record.judged(judgement)
        circumstances = self._setting.standing.of(judgement)
        decision = policies.decide(self._setting.policy, judgement, circumstances=circumstances)
        if decision.action in (Action.ACCEPT, Action.LOG):
            return self._accept(decision)
        self._record.decided(decision)
        self._held = Held(self._setting, self._record, judgement, circumstances)
        return Go.ON

    def _accept(self, decision: Decision) -> Answer:
        self._record.decided(decision)
        self._record.spoke_at(Stage.CONNECT)
        self._record.write()
        return Go.ACCEPT

    def helo(self, name: str) -> None:
        """Remember what the client calls itself."""
        self._record.helo(name)

    def mail(self, sender: str, *, authenticated: bool, size: int = 0) -> Answer:
        """Answer MAIL FROM:<sender> SIZE=size."""
        if self._held:
            return self._held.mail(sender, authenticated=authenticated, size=size)
        self._record.spoke_at(Stage.MAIL)
        self._record.write()
        return Go.ACCEPT

    def recipient(self, recipient: str) -> Answer:
        """Answer RCPT TO:<recipient>."""
        return self._held.recipient(recipient) if self._held else Go.ON

    def body(self, octets: int) -> Answer:
        """Answer a piece of the message."""
        return self._held.body(octets) if self._held else Go.ON

    def result(self) -> str | None:
        """Return the result to put into this message's Authentication-Results, if any."""
        return self._held.result() if self._held else None

    def closed(self) -> None:
        """Write the line of a session that was held."""
        if self._held:
            self._record.write()

    def failed(self) -> None:
        """Stop judging this client after an error of ours, and write its line."""
        self._held = None
        action = Action(self._setting.policy.on_error)
        self._record.refused(Decision(Rule.DEFAULT, action, action), Stage.ERROR)
        self._record.write()

# SPDX-License-Identifier: GPL-3.0-or-later
"""What check found out, in the words that machines read."""

from dataclasses import dataclass
from typing import Any

from ..judge.addresses import parse, why_private
from ..judge.finding import Judgement
from ..judge.policy import Decision, Policy, shown_finding
from ..judge.refusal import Reply, reply
from ..judge.words import Action, Rule
from ..shared.timed import moment
from .here import Here


@dataclass(frozen=True, slots=True)
class Checked:
    """One address, decided; ``judgement`` is None where nothing was looked up."""

    address: str
    policy: Policy
    decision: Decision
    here: Here
    judgement: Judgement | None = None
    milliseconds: int = 0

    @property
    def reply(self) -> Reply | None:
        """What the client is told. A real session's URL ends in its token instead."""
        if self.judgement is None or self.decision.action not in (Action.DEFER, Action.REFUSE):
            return None
        return reply(
            shown_finding(self.decision, self.judgement.finding),
            action=self.decision.action,
            address=self.address,
            name=self.judgement.name,
            url=self._page,
            refuse_at=self.policy.refuse_at,
        )

    @property
    def _page(self) -> str:
        if self.judgement is None or not self.policy.help_url:
            return ""
        return f"{self.policy.help_url}/{shown_finding(self.decision, self.judgement.finding)}"

    @property
    def reason(self) -> str:
        """Why, in words."""
        if self.judgement is not None:
            return self.judgement.iprev.reason
        if self.decision.rule == Rule.OWN_NETWORK:
            return f"{self.address} is in a network of our own"
        if self.decision.rule == Rule.PRIVATE_ADDRESS:
            words = why_private(parse(self.address)) or "an address of our own"
            return f"{self.address} is {words}"
        return f"{self.address} is exempt: {self._exempt()}"

    def _exempt(self) -> str:
        identity = self.decision.rule.partition(":")[2]
        known = self.policy.exemptions + self.here.exemptions
        reasons = [exemption.reason for exemption in known if exemption.id == identity]
        return ", ".join(word for word in (identity, *reasons) if word)

    def facts(self) -> dict[str, Any]:
        """Return the JSON object; its keys are a promise."""
        iprev = self.judgement.iprev if self.judgement else None
        names = iprev.names if iprev else ()
        return {
            "address": self.address,
            "iprev": iprev.result.value if iprev else None,
            "finding": self.judgement.finding.value if self.judgement else None,
            "rule": self.decision.rule,
            "action": self.decision.action.value,
            "would": self.decision.would.value,
            "reply": str(self.reply) if self.reply else None,
            "names": [
                {"name": n.name, "addresses": list(n.addresses), "result": n.result.value}
                for n in names
            ],
            "truncated": iprev.truncated if iprev else False,
            "reason": self.reason,
            "queries": iprev.queries if iprev else 0,
            "ms": self.milliseconds,
            "policy": self.policy.digest,
            "paused": moment(self.here.pause.until) if self.here.pause else None,
            "breaker": self.here.glance.breaker,
            "remembered": self.here.glance.remembered,
            "notes": list(self.here.notes),
        }

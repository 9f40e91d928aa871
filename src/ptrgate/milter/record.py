# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a session until its journal line is written, once."""

from ..judge.finding import Judgement
from ..judge.policy import Decision
from ..judge.words import Family, Source, Stage
from . import journal
from .setting import Setting


class Record:
    """The journal line of one session in the making."""

    def __init__(self, setting: Setting) -> None:
        """Begin; the time that judging takes counts from here."""
        self._setting = setting
        self._values = {"policy": setting.policy.digest, "worker": setting.worker}
        self._begun = setting.clock()
        self._decision: Decision | None = None
        self._told: Decision | None = None  # the first refusal that was spoken
        self._recipients: list[str] = []
        self._named = 0
        self.written = False

    def begin(self, address: str | None) -> None:
        """Note who connected."""
        if address is not None:
            self._values["address"] = address
            self._values["family"] = _family(address)

    def judged(self, judgement: Judgement) -> None:
        """Note what was found, and how long that took."""
        iprev = judgement.iprev
        self._values |= {
            "address": iprev.address,  # unmapped: ::ffff:192.0.2.7 is an IPv4 client
            "family": _family(iprev.address),
            "iprev": iprev.result,
            "finding": judgement.finding,
            "name": judgement.name,
            "source": judgement.source,
            "queries": str(iprev.queries),
        }
        self._values["ms"] = f"{(self._setting.clock() - self._begun) * 1000:.0f}"

    def decided(self, decision: Decision) -> None:
        """Note what is to be done, unless the client was already told otherwise."""
        self._decision = decision

    def refused(self, decision: Decision, stage: Stage) -> None:
        """Note the first refusal that is spoken, and where."""
        if self._told is None:
            self._told = decision
            self._values["stage"] = stage

    def spoke_at(self, stage: Stage) -> None:
        """Note where a client that is not refused was treated."""
        if self._told is None:
            self._values["stage"] = stage

    def helo(self, name: str) -> None:
        """Note what the client calls itself; the last one counts (STARTTLS brings a second)."""
        self._values["helo"] = name

    def sender(self, address: str) -> None:
        """Note the sender of the first message, and of a later one only if none was refused."""
        if self._told is None:
            self._values["from"] = address

    def recipient(self, address: str) -> None:
        """Count a recipient, and keep it if it is one of the first."""
        self._named += 1
        if len(self._recipients) < journal.MAX_RECIPIENTS:
            self._recipients.append(address)

    def minted(self, ref: str) -> None:
        """Note how the notice this client was given is called."""
        self._values["ref"] = ref

    def write(self) -> None:
        """Write the line; a second call does nothing."""
        if self.written:
            return
        self.written = True
        values = dict(self._values)
        if decision := self._told or self._decision:
            values |= {
                "rule": decision.rule,
                "action": decision.action,
                "would": decision.would,
            }
        values.setdefault("stage", Stage.LEFT)
        if self._named:
            values["to"] = journal.recipients(self._recipients, self._named)
        values.setdefault("source", Source.NONE)
        line = journal.line(values)
        # Next to each other, for a worker may be killed between the two; and the line last, because
        # whoever writes lets other threads run, and waits for them.
        self._setting.count(values)
        self._setting.write(line)


def _family(address: str) -> Family:
    return Family.V6 if ":" in address else Family.V4

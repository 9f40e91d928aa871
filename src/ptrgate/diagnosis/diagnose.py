# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an address, for whoever can repair it: the way from DNS to a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass

from ..judge.addresses import parse, why_not_asked
from ..judge.answers import Lookup
from ..judge.finding import Judgement, judge
from ..judge.terms import Policy
from ..judge.words import Diagnosis, Finding


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The diagnosis of one address; ``judgement`` is None where nothing was looked up."""

    address: str
    diagnosis: Diagnosis
    judgement: Judgement | None = None

    @property
    def name(self) -> str:
        """Return the name to show, empty without one."""
        return self.judgement.name if self.judgement else ""

    @property
    def is_inferred(self) -> bool:
        """Whether it was concluded from refusals, and no server answered."""
        fails = self.judgement is not None and self.judgement.finding is Finding.DNS_FAILURE
        return fails or self.diagnosis is Diagnosis.LAME_DELEGATION


def diagnose(address: str, lookup: Lookup, policy: Policy | None = None) -> Diagnosed:
    """Judge an address with the engine; a private one is not looked up, nobody's DNS names it.

    Raises ValueError if ``address`` is not an address; never for what DNS answers.
    """
    client = parse(address)
    if why_not_asked(client):
        return Diagnosed(str(client), Diagnosis.NOT_PUBLIC)
    judgement = judge(str(client), lookup, policy or Policy.default())
    return Diagnosed(str(client), judgement.diagnosis, judgement)

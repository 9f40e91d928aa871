# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof: what the engine finds for each egress address, as a receiving server would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnosis.diagnose import of_own_address
from ..diagnosis.remedies import remedy
from ..judge.addresses import parse, why_private
from ..judge.finding import Judgement, judge
from ..judge.iprev import Lookup, NameSeen
from ..judge.policy import Policy
from ..judge.words import Diagnosis
from .egress import Egress
from .verdict import VERDICTS, Family, Verdict, together


@dataclass(frozen=True, slots=True)
class Proof:
    """One address, judged. ``judgement`` is None for a private address: it is not looked up."""

    egress: Egress
    diagnosis: Diagnosis
    judgement: Judgement | None = None

    @property
    def verdict(self) -> Verdict:
        """Say whether mail may leave from here."""
        return VERDICTS[self.diagnosis]

    @property
    def name(self) -> str:
        """Return the name to show, empty without one."""
        return self.judgement.name if self.judgement else ""


def prove(egress: Iterable[Egress], lookup: Lookup) -> tuple[Proof, ...]:
    """Judge every address with the engine and its default policy; never raises for DNS."""
    return tuple(_prove(one, lookup) for one in egress)


def _prove(one: Egress, lookup: Lookup) -> Proof:
    if why_private(parse(one.address)):
        return Proof(one, Diagnosis.NOT_PUBLIC)
    judgement = judge(one.address, lookup, Policy.default())
    return Proof(one, of_own_address(judgement), judgement)


def by_family(proofs: Iterable[Proof]) -> Mapping[Family, Verdict]:
    """Return one verdict for each family that has an egress address."""
    found: dict[Family, list[Verdict]] = {}
    for proof in proofs:
        found.setdefault(proof.egress.family, []).append(proof.verdict)
    return {family: together(verdicts) for family, verdicts in found.items()}


def as_dict(proof: Proof) -> dict[str, Any]:
    """Return the row that module, gate.json and ``--json`` show; plain types only."""
    words = remedy(proof.diagnosis, address=proof.egress.address, name=proof.name)
    iprev = proof.judgement.iprev if proof.judgement else None
    return {
        "address": proof.egress.address,
        "family": proof.egress.family.value,
        "source": proof.egress.source,
        "verdict": proof.verdict.value,
        "diagnosis": proof.diagnosis.value,
        "iprev": iprev.result.value if iprev else None,
        "names": [_name(name) for name in iprev.names] if iprev else [],
        "truncated": iprev.truncated if iprev else False,
        "reason": iprev.reason if iprev else "",
        "queries": iprev.queries if iprev else 0,
        "title": words.title,
        "meaning": words.meaning,
        "who": words.who,
        "ask": words.ask,
    }


def _name(seen: NameSeen) -> dict[str, Any]:
    return {
        "name": seen.name,
        "addresses": list(seen.addresses),
        "result": seen.result.value,
        "reason": seen.reason,
    }

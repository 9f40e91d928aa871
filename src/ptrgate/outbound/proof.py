# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof: what the engine finds for each egress address, as a receiving server would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnosis.diagnose import Diagnosed, diagnose
from ..diagnosis.remedies import remedy
from ..judge.answers import Lookup
from ..judge.iprev import NameSeen
from .egress import Egress
from .verdict import VERDICTS, Family, Verdict, together


@dataclass(frozen=True, slots=True)
class Proof:
    """One egress address and what was found."""

    egress: Egress
    found: Diagnosed

    @property
    def verdict(self) -> Verdict:
        """Say whether mail may leave from here."""
        return VERDICTS[self.found.diagnosis]


def prove(egress: Iterable[Egress], lookup: Lookup) -> tuple[Proof, ...]:
    """Judge every address with the engine and its default policy; never raises for DNS."""
    return tuple(Proof(one, diagnose(one.address, lookup)) for one in egress)


def by_family(proofs: Iterable[Proof]) -> Mapping[Family, Verdict]:
    """Return one verdict for each family that has an egress address."""
    found: dict[Family, list[Verdict]] = {}
    for proof in proofs:
        found.setdefault(proof.egress.family, []).append(proof.verdict)
    return {family: together(verdicts) for family, verdicts in found.items()}


def as_dict(proof: Proof) -> dict[str, Any]:
    """Return the row that module, gate.json and ``--json`` show; plain types only."""
    found, egress = proof.found, proof.egress
    words = remedy(found.diagnosis, address=egress.address, name=found.name)
    iprev = found.judgement.iprev if found.judgement else None
    return {
        "address": egress.address,
        "family": egress.family.value,
        "source": egress.source,
        "verdict": proof.verdict.value,
        "diagnosis": found.diagnosis.value,
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

# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof as a row of plain types: for the module, gate.json and ``--json``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ..diagnosis.letter import letter
from ..diagnosis.remedies import remedy
from ..judge.forward import NameSeen
from ..judge.noting import Noted
from ..judge.trail import Asked
from .proof import Proof
from .quorum import Witness


def as_dict(proof: Proof) -> dict[str, Any]:
    """Return the row; its keys are a promise, and documented in ``own_ptr_info``."""
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
        "match": next(iter(iprev.confirmed), "") if iprev else "",
        "truncated": iprev.truncated if iprev else False,
        "reason": proof.reason or (iprev.reason if iprev else ""),
        "queries": sum(n.answer.queries for w in proof.witnesses for n in w.noted),
        "title": words.title,
        "meaning": words.meaning,
        "who": words.who,
        "ask": words.ask,
        "letter": letter(found, proof.case, proof.at),
        **_evidence(proof),
        "advice": [{"about": a.about.value, "text": a.text} for a in proof.advice],
        "time": datetime.fromtimestamp(proof.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _evidence(proof: Proof) -> dict[str, Any]:
    case = proof.case
    trail, charge = case.trail, case.charge
    return {
        "zone": asdict(charge) | {"nameservers": list(charge.nameservers)} if charge else None,
        "records": list(case.records),
        "chain": list(trail.chain) if trail and len(trail.chain) > 1 else [],
        "witnesses": [_witness(witness) for witness in proof.witnesses],
        "servers": [_server(asked) for trail in case.trails for asked in trail.asked],
    }


def _server(asked: Asked) -> dict[str, Any]:
    return asdict(asked) | {"said": asked.said.value, "values": list(asked.values)}


def _witness(witness: Witness) -> dict[str, Any]:
    iprev = witness.found.judgement.iprev if witness.found.judgement else None
    return {
        "who": witness.who,
        "place": witness.place.value,
        "verdict": witness.verdict.value,
        "diagnosis": witness.found.diagnosis.value,
        "reason": iprev.reason if iprev else "",
        "answers": [_answer(noted) for noted in witness.noted],
        "milliseconds": witness.milliseconds,
    }


def _answer(noted: Noted) -> dict[str, Any]:
    answer = noted.answer
    return {
        "question": noted.question,
        "status": answer.status.value,
        "values": list(answer.values),
        "ttl": answer.ttl,
        "reason": answer.reason,
    }


def _name(seen: NameSeen) -> dict[str, Any]:
    return {
        "name": seen.name,
        "addresses": list(seen.addresses),
        "result": seen.result.value,
        "reason": seen.reason,
    }

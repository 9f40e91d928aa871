# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen, as the JSON object that the page shows and programs read; its keys are a promise.

All text in it is printable ASCII: names, replies and contacts come from strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..diagnosis.letter import letter
from ..diagnosis.remedies import remedy
from ..judge.addresses import parse
from ..judge.trail import Said, Trail
from ..judge.words import Finding
from .look import Seen

MAX_TEXT = 300
MAX_ASKED = 12  # replies shown
_ENDS = frozenset({Said.ANSWER, Said.LAME, Said.SILENT})


def facts(seen: Seen) -> dict[str, Any]:
    """Return the JSON object."""
    found, judgement = seen.found, seen.found.judgement
    names = judgement.iprev.names if judgement else ()
    words = remedy(found.diagnosis, address=found.address, name=found.name)
    charge = seen.case.charge
    told = {
        "address": seen.address,
        "time": moment(seen.at),
        "finding": judgement.finding.value if judgement else None,
        "iprev": judgement.iprev.result.value if judgement else None,
        "diagnosis": found.diagnosis.value,
        "reason": judgement.iprev.reason if judgement else "",
        "names": [
            {"name": n.name, "addresses": list(n.addresses), "result": n.result.value}
            for n in names
        ],
        "accepted": None if seen.accepted is None else moment(seen.accepted),
        "now": seen.accepted == seen.at,
        "resolver": _resolver(seen),
        "delegation": [_step(zone, servers) for zone, servers in _delegation(seen.case.trail)],
        "record": parse(seen.address).reverse_pointer,
        "aliases": list(seen.case.trail.chain[1:]) if seen.case.trail else [],
        "answers": [*_answers(seen.case.trail), *_answers(_of_name(seen))],
        "title": words.title,
        "meaning": words.meaning,
        "who": words.who,
        "ask": words.ask,
        "zone": charge.zone if charge else "",
        "nameservers": list(charge.nameservers) if charge else [],
        "contact": charge.contact if charge else "",
        "records": list(seen.case.records),
        "held": [
            {"server": h.server, "zone": h.zone, "names": list(h.names), "owner": h.owner}
            for h in seen.case.held
        ],
    }
    told = {key: _harmless(value) for key, value in told.items()}
    return told | {"letter": letter(found, seen.case, seen.at)}


def moment(seconds: float) -> str:
    """Return a UTC time as ISO 8601, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _resolver(seen: Seen) -> dict[str, Any]:
    """Say what our own resolver knows, and for how much longer if that is old."""
    here = seen.here.judgement
    finding = here.finding if here else None
    is_kept = finding not in (None, Finding.OK, Finding.DNS_FAILURE)
    return {
        "finding": finding.value if finding else None,
        "reason": here.iprev.reason if here else "",
        "seconds": seen.left if is_kept else None,
        "forgot": seen.before.diagnosis is not seen.here.diagnosis,
    }


def _of_name(seen: Seen) -> Trail | None:
    """Return the way to the addresses of the name, if it was gone."""
    ways = (trail for trail in seen.case.trails if trail.chain[0] == seen.found.name)
    return next(ways, None)


def _step(zone: str, servers: list[str]) -> dict[str, Any]:
    return {"zone": zone, "nameservers": servers}


def _delegation(trail: Trail | None) -> Iterator[tuple[str, list[str]]]:
    """Yield each zone on the way down to the PTR record, with the servers that were asked."""
    zones: dict[str, dict[str, None]] = {}
    for asked in trail.asked if trail else ():
        zones.setdefault(asked.zone, {})[asked.server or asked.address] = None
    if trail:
        zones.setdefault(trail.zone, {}).update(dict.fromkeys(trail.nameservers))
    for zone, servers in zones.items():
        yield zone, list(servers)


def _answers(trail: Trail | None) -> Iterator[dict[str, Any]]:
    """Yield what the servers of the last zone said."""
    if trail is None:
        return
    last = [a for a in trail.asked if a.zone == trail.zone and a.said in _ENDS]
    for asked in last[-MAX_ASKED:]:
        yield {
            "server": asked.server,
            "address": asked.address,
            "question": asked.question,
            "reply": asked.reply,
            "values": list(asked.values),
        }


def _harmless(value: Any) -> Any:
    """Cut texts, and replace in them what is not printable ASCII."""
    if isinstance(value, str):
        return "".join(c if " " <= c <= "~" else "?" for c in value[:MAX_TEXT])
    if isinstance(value, list):
        return [_harmless(one) for one in value[:32]]
    if isinstance(value, dict):
        return {key: _harmless(one) for key, one in value.items()}
    return value

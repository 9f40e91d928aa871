# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate says when it is asked: the status, and the explanation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from .gate import FamilyState, Mode, Rung, State, Terms
from .guard import Kept, some
from .journal import ASKED, names
from .state import Record
from .told import told

WORDS = {
    Rung.DIRECT: "leaves directly, over every address family in use",
    Rung.IPV4: "leaves directly, over IPv4 only",
    Rung.IPV6: "leaves directly, over IPv6 only",
    Rung.SMARTHOST: "leaves through the smarthost",
    Rung.HOLD: "is held in the queue, nothing is returned or lost",
}
OBSERVING = (
    "The gate only observes, because this host was sending mail before the gate came. "
    "`ptrgate gate enforce` lets it decide."
)
OVERRIDDEN = (
    "The proofs go on underneath. It ends then by itself, or now: `ptrgate gate override --end`"
)


def status(record: Record, guarded: Sequence[str] = ()) -> str:
    """Return the state in a few lines for people; ``guarded`` are queue ids."""
    state = record.state
    lines = [f"Outbound mail {WORDS[state.rung]} (since {_time(state.since)})."]
    if not record.asked:
        lines = [f"{ASKED[False]}.", f"If it did: {lines[0]}"]
    if state.override:
        lines += [
            f"OVERRIDDEN: {state.override}. {OVERRIDDEN}",
            f"Without, mail {_without(state)}.",
        ]
    if state.mode == Mode.OBSERVE:
        lines += [OBSERVING, f"If it decided, mail {_would(state.would)}."]
    lines += _waiting(record.kept, guarded)
    lines.append(f"Last proof: {_time(record.proved_at)}")
    lines += [f"  {line}" for line in rows(record.proofs)]
    return "\n".join(lines)


def explain(record: Record, terms: Terms, guarded: Sequence[str] = ()) -> str:
    """Return the status, what stands in the way, and who can change it."""
    lines = [status(record, guarded), ""]
    for row in record.proofs:
        lines += told(row)
    for name, family in record.state.families.items():
        lines.append(f"{name}: {_next(family, terms)}")
    if terms.smarthost:
        lines.append("While no family is open, mail leaves through the smarthost.")
    return "\n".join(lines)


def rows(proofs: tuple[Mapping[str, Any], ...]) -> list[str]:
    """Return one aligned line for each address: address, verdict, diagnosis, names."""
    cells = [(p["address"], p["verdict"], p["diagnosis"], names(p) or "-") for p in proofs]
    widths = [max(len(row[i]) for row in cells) for i in range(3)] if cells else []
    return [
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]])
        for row in cells
    ]


def as_dict(record: Record, terms: Terms) -> dict[str, Any]:
    """Return what ``--json`` prints: gate.json's facts and the terms; times are Unix seconds."""
    state = record.state
    return {
        "mode": state.mode.value,
        "rung": state.rung.value,
        "would": state.would.value,
        "since": state.since,
        "families": {
            name.value: {"open": one.open, "passes": one.passes, "fails": one.fails}
            for name, one in state.families.items()
        },
        "override": asdict(state.override) if state.override else None,
        "held": asdict(record.kept),
        "moves": record.moves,
        "asked": record.asked,
        "proved_at": record.proved_at,
        "proofs": list(record.proofs),
        "terms": {
            "interval": terms.interval,
            "passes_to_open": terms.passes_to_open,
            "fails_to_close": terms.fails_to_close,
            "smarthost": terms.smarthost,
        },
    }


def _waiting(kept: Kept, guarded: Sequence[str]) -> Iterator[str]:
    if kept.waiting:
        yield f"Waiting for the gate: {kept.waiting}, the oldest since {_time(kept.oldest)}."
    if guarded:
        yield (
            f"Of these on Postfix's hold queue, because half of their time was over: {len(guarded)}"
            f" ({some(guarded)}). Nothing expires there; the gate queues them anew when it opens."
        )


def _without(state: State) -> str:
    return _would(Rung.DIRECT if state.mode == Mode.OBSERVE else state.would)


def _next(family: FamilyState, terms: Terms) -> str:
    if family.open:
        left = terms.fails_to_close - family.certain
        return f"open; {left} failed proof(s) in a row, {terms.interval:g} s apart, close it"
    left = terms.passes_to_open - family.passes
    return f"closed; {left} more passed proof(s) in a row, {terms.interval:g} s apart, open it"


def _would(rung: Rung) -> str:
    words = WORDS[rung]
    return words.replace("leaves", "would leave", 1).replace("is held", "would be held", 1)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "none yet"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

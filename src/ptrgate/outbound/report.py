# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate says: one log line for a change, the status, and the explanation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .gate import FamilyState, Mode, Rung, Terms
from .keeper import Change
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


def log_line(change: Change) -> str:
    """Return the line of a transition with its evidence, empty if nothing moved."""
    event = _event(change)
    if not event:
        return ""
    state = change.after.state
    was = change.before.state.rung if change.before else "none"
    families = " ".join(f"{name}={_counts(one)}" for name, one in state.families.items())
    evidence = "; ".join(_evidence(row) for row in change.after.proofs) or "none"
    head = f"gate event={event} mode={state.mode} from={was} to={state.rung} would={state.would}"
    return " ".join(filter(None, [head, families, f'evidence="{evidence}"']))


def status(record: Record) -> str:
    """Return the state in a few lines for people."""
    state = record.state
    lines = [f"Outbound mail {WORDS[state.rung]} (since {_time(state.since)})."]
    if state.mode == Mode.OBSERVE:
        lines += [OBSERVING, f"If it decided, mail {_would(state.would)}."]
    lines.append(f"Last proof: {_time(record.proved_at)}")
    lines += [f"  {line}" for line in rows(record.proofs)]
    return "\n".join(lines)


def explain(record: Record, terms: Terms) -> str:
    """Return the status, what stands in the way, and who can change it."""
    lines = [status(record), ""]
    for row in record.proofs:
        lines += told(row)
    for name, family in record.state.families.items():
        lines.append(f"{name}: {_next(family, terms)}")
    if terms.smarthost:
        lines.append("While no family is open, mail leaves through the smarthost.")
    return "\n".join(lines)


def rows(proofs: tuple[Mapping[str, Any], ...]) -> list[str]:
    """Return one aligned line for each address: address, verdict, diagnosis, names."""
    cells = [(p["address"], p["verdict"], p["diagnosis"], _names(p) or "-") for p in proofs]
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
        "proved_at": record.proved_at,
        "proofs": list(record.proofs),
        "terms": {
            "interval": terms.interval,
            "passes_to_open": terms.passes_to_open,
            "fails_to_close": terms.fails_to_close,
            "smarthost": terms.smarthost,
        },
    }


def _event(change: Change) -> str:
    if change.before is None:
        return "started"
    before, after = change.before.state, change.after.state
    if (before.mode, before.rung, before.would) != (after.mode, after.rung, after.would):
        return "moved"
    return "repaired" if change.table_written else ""


def _counts(family: FamilyState) -> str:
    return f"{'open' if family.open else 'closed'}(passes:{family.passes},fails:{family.fails})"


def _evidence(row: Mapping[str, Any]) -> str:
    return " ".join(filter(None, [row["address"], row["verdict"], row["diagnosis"], _names(row)]))


def _names(row: Mapping[str, Any]) -> str:
    return ", ".join(_name(name) for name in row["names"])


def _name(seen: Mapping[str, Any]) -> str:
    """Return a name and where it leads; it is a stranger's text, so printable ASCII only."""
    shown = "".join(c if "!" <= c <= "~" and c not in '";' else "?" for c in seen["name"][:60])
    return f"{shown} -> {' '.join(seen['addresses']) or seen['result']}"


def _next(family: FamilyState, terms: Terms) -> str:
    if family.open:
        left = terms.fails_to_close - family.fails
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

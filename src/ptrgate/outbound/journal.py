# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate leaves in the journal: one line for each thing that happened, with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .gate import FamilyState, Override
from .guard import some
from .keeper import Change
from .mail import MAPS
from .state import Record

HOUR = 3600
ASKED = {
    True: "Postfix asks the gate",
    False: "Postfix does not ask the gate, so mail leaves as main.cf says: somebody changed "
    f"{MAPS}, and site.yml puts it right",
}


def lines(change: Change) -> Iterator[str]:
    """Yield the lines of a change; none if nothing happened."""
    if event := _event(change):
        yield _line(event, change)
    if _turned(change):
        event = "asked" if change.after.asked else "bypassed"
        yield f'gate event={event} words="{ASKED[change.after.asked]}"'
    if change.tended and (ids := change.tended.held):
        yield (
            f"gate event=guarded messages={len(ids)} waiting={change.after.kept.waiting} "
            f'words="half of their time in the queue is over; on hold nothing expires: {some(ids)}"'
        )
    if change.tended and (ids := change.tended.released):
        yield f'gate event=released messages={len(ids)} words="queued anew: {some(ids)}"'
    if change.trouble:
        yield f'gate event=guard_failed words="{_quoted(change.trouble)}"'


def repeats(change: Change) -> bool:
    """Tell whether a change says only what was said before: no letter is written for that."""
    acted = change.tended and (change.tended.held or change.tended.released)
    return _event(change) in ("", "override_stands") and not acted and not _turned(change)


def evidence(row: Mapping[str, Any]) -> str:
    """Return one row of a proof: address, verdict, diagnosis, names."""
    return " ".join(filter(None, [row["address"], row["verdict"], row["diagnosis"], names(row)]))


def names(row: Mapping[str, Any]) -> str:
    """Return the names that were found, and where each leads."""
    return ", ".join(_name(name) for name in row["names"])


def _turned(change: Change) -> bool:
    return change.before is not None and change.before.asked != change.after.asked


def _line(event: str, change: Change) -> str:
    state = change.after.state
    was = change.before.state.rung if change.before else "none"
    families = " ".join(f"{name}={_counts(one)}" for name, one in state.families.items())
    override = state.override or (change.before.state.override if change.before else None)
    proved = "; ".join(evidence(row) for row in change.after.proofs) or "none"
    head = f"gate event={event} mode={state.mode} from={was} to={state.rung} would={state.would}"
    order = f'override="{_quoted(str(override))}"' if override else ""
    return " ".join(filter(None, [head, families, order, f'evidence="{proved}"']))


def _event(change: Change) -> str:
    if change.before is None:
        return "started"
    before, after = change.before.state, change.after.state
    if before.override != after.override:
        return "overridden" if after.override else "override_ended"
    if (before.mode, before.rung, before.would) != (after.mode, after.rung, after.would):
        return "moved"
    if after.override and _an_hour_passed(after.override, change.before, change.after):
        return "override_stands"
    return "repaired" if change.table_written else ""


def _an_hour_passed(override: Override, before: Record, after: Record) -> bool:
    hours = [(one.proved_at or 0.0) - override.began for one in (before, after)]
    return 0 <= hours[0] // HOUR < hours[1] // HOUR


def _counts(family: FamilyState) -> str:
    return f"{'open' if family.open else 'closed'}(passes:{family.passes},fails:{family.fails})"


def _name(seen: Mapping[str, Any]) -> str:
    """Return a name and where it leads; it is a stranger's text, so printable ASCII only."""
    shown = "".join(c if "!" <= c <= "~" and c not in '";' else "?" for c in seen["name"][:60])
    return f"{shown} -> {' '.join(seen['addresses']) or seen['result']}"


def _quoted(text: str) -> str:
    """Return a text as it may stand between quotes, on one line."""
    return " ".join(text.replace('"', "'").split())

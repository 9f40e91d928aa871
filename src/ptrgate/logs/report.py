# SPDX-License-Identifier: GPL-3.0-or-later
"""What a replay found, as one JSON object: the source of the text and of the page."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ..judge.words import Action, Finding
from .cost import NOT_JUDGED, NOT_TOLD_APART, OPEN, Organisation, Seen, Sums
from .replaying import Replay

FINDINGS = (*(one.value for one in Finding), NOT_TOLD_APART, NOT_JUDGED)
ACTIONS = (Action.REFUSE.value, Action.DEFER.value, OPEN)  # what costs, dearest first
MOST = 1000  # organisations told

Facts = dict[str, Any]


def facts(replay: Replay, policies: int) -> Facts:
    """Return the object; its keys are a promise. ``policies``: one, or two to compare."""
    last = policies - 1
    found: Facts = {
        "sessions": _sum(replay.cells.values(), "sessions"),
        "clients": replay.settled,
        "messages": _sum(replay.cells.values(), "messages"),
        "turned_away": replay.away,
        "asked": len(replay.asked),
        "outcomes": [_outcomes(replay.cells, number) for number in range(policies)],
        "days": {
            day: {"sessions": max(counts[:2]), "messages": counts[2]}
            for day, counts in replay.days.items()
        },
    }
    if last:
        found["changes"] = [_change(seen, sums) for seen, sums in _changed(replay.cells)]
    answered = replay.written - replay.received
    rows = [_organisation(one, last, answered) for one in _worst(replay, last)]
    found["organisations"] = rows[:MOST]
    found["organisations_left_out"] = max(0, len(rows) - MOST) + replay.others
    return found


def _sum(many: Iterable[Any], what: str) -> int:
    return sum(getattr(one, what) for one in many)


def _outcomes(cells: Mapping[tuple[Seen, ...], Sums], policy: int) -> list[Facts]:
    """Return a row for each finding and action under one policy."""
    rows: dict[Seen, Sums] = {}
    for seen, sums in cells.items():
        row = rows.setdefault(seen[policy], Sums())
        row.add(sums)
    order = sorted(rows, key=lambda seen: (FINDINGS.index(seen[0]), seen[1]))
    return [{"finding": seen[0], "action": seen[1]} | asdict(rows[seen]) for seen in order]


def _changed(cells: Mapping[tuple[Seen, ...], Sums]) -> list[tuple[tuple[Seen, ...], Sums]]:
    changed = [(seen, sums) for seen, sums in cells.items() if seen[0] != seen[1]]
    return sorted(changed, key=lambda pair: (-pair[1].messages, -pair[1].sessions, pair[0]))


def _change(seen: tuple[Seen, ...], sums: Sums) -> Facts:
    (before, did), (after, does) = seen
    words = {"finding": before, "action": did, "finding_then": after, "action_then": does}
    return words | asdict(sums)


def _worst(replay: Replay, last: int) -> list[Organisation]:
    """Return whom it costs something, worst first; of two policies, whom the change costs."""

    def cost(one: Organisation) -> tuple[int, ...]:
        if not last:
            return one.cost()
        return tuple(b - a for a, b in zip(one.cost(0), one.cost(1), strict=True))

    costs = {one.name: cost(one) for one in replay.organisations.values()}
    touched = [one for one in replay.organisations.values() if any(costs[one.name])]
    return sorted(touched, key=lambda one: (costs[one.name], one.name), reverse=True)


def _organisation(one: Organisation, last: int, answered: set[str]) -> Facts:
    row: Facts = {
        "name": one.name,
        "example": one.example,
        "clients": one.clients,
        "sessions": _sum(one.cells.values(), "sessions"),
        "messages": _sum(one.cells.values(), "messages"),
        "answered": not answered.isdisjoint(one.domains),
        "sender_domains": one.domains,
    }
    names = ("before", "then") if last else ("then",)
    for number, name in enumerate(names):
        row[name] = {
            action: {"sessions": met.sessions, "messages": met.messages}
            for action in ACTIONS
            if (met := one.stopped(action, number)).sessions or met.messages
        }
    return row

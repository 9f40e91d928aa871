# SPDX-License-Identifier: GPL-3.0-or-later
"""Some days of a host's journal, added up: day by day, organisation by organisation, the gate."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..judge.words import Action, Finding
from ..milter import journal
from .journald import MILTER, Entry, Question
from .seen import MOST, PATTERN, organisation

GATE = ("SYSLOG_IDENTIFIER=ptrgate-gate", "SYSLOG_IDENTIFIER=ptrgate")
TOLD = 50  # organisations of a host
MOVES = 200
HIT = (Action.REFUSE.value, Action.DEFER.value)
_GATE_PATTERN = "^gate event="
_MOVE = re.compile(r"^gate event=(\w+) (?:mode=\w+ from=(\w+) to=(\w+))?")

Facts = dict[str, Any]


@dataclass(slots=True)
class Week:
    """What the lines say: sessions by (day in UTC, finding, action), and whom it hit.

    ``hit`` counts by (organisation, action); ``findings`` has those of an organisation.
    """

    sessions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    hit: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: dict[str, set[str]] = field(default_factory=dict)

    def facts(self) -> Facts:
        """Return it for programs, the worst-hit organisations first."""
        days: dict[str, dict[str, dict[str, int]]] = {}
        for (day, finding, action), number in sorted(self.sessions.items()):
            days.setdefault(day, {}).setdefault(finding, {})[action] = number
        worst = sorted(self.findings, key=lambda name: (self._cost(name), name), reverse=True)
        return {
            "days": days,
            "organisations": [self._organisation(name) for name in worst[:TOLD]],
            "organisations_left_out": len(worst[TOLD:]),
        }

    def _cost(self, name: str) -> tuple[int, ...]:
        return tuple(self.hit[name, action] for action in HIT)

    def _organisation(self, name: str) -> Facts:
        counts = {action: self.hit[name, action] for action in HIT}
        return {"name": name, **counts, "findings": sorted(self.findings[name])}


def question(since: float) -> Question:
    """Return what to ask the journal of sessions; ``since`` is Unix time."""
    return Question(MILTER, PATTERN, since)


def gate_question(since: float) -> Question:
    """Return what to ask the journal of the gate."""
    return Question(GATE, _GATE_PATTERN, since, most=MOVES)


def read(entries: Iterable[Entry]) -> Week:
    """Add up the sessions' lines."""
    week = Week()
    for entry in entries:
        line = journal.parse(entry.message)
        if line and {"address", "action"} <= line.keys():
            _add(week, entry.when, line)
    return week


def _add(week: Week, when: float, line: dict[str, str]) -> None:
    day = datetime.fromtimestamp(when, UTC).date().isoformat()
    finding, action = line.get("finding", "none"), line["action"]
    week.sessions[day, finding, action] += 1
    if action not in HIT or finding == Finding.OK:
        return
    who = organisation(line["address"], line.get("name", ""))
    if who in week.findings or len(week.findings) < MOST:
        week.findings.setdefault(who, set()).add(finding)
        week.hit[who, action] += 1


def moves(entries: Iterable[Entry]) -> list[Facts]:
    """Return what the gate did: when (Unix time), the event, from which rung to which."""
    found = ((entry, _MOVE.match(entry.message)) for entry in entries)
    return [
        {"at": round(entry.when), "event": move[1], "from": move[2] or "", "to": move[3] or ""}
        for entry, move in found
        if move
    ]

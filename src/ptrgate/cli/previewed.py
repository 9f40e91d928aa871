# SPDX-License-Identifier: GPL-3.0-or-later
"""What preview found out, for people and for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..judge.policy import Policy
from ..judge.refusal import printable
from ..judge.stages import Step, settings
from ..logs.seen import MOST, Seen
from ..shared.timed import moment
from .account import printable_words
from .proposal import Proposal

_SHOWN = 10  # wanted clients, and organisations, in words
_LISTED = 100  # in JSON
_NAME = 50  # characters of a stranger's name
_ROW = "{:<12} {:<6} {:<8} {:<8} {:>9} {:>8} {:>13} {:>7}"


@dataclass(frozen=True, slots=True)
class View:
    """The proposals, and what they were made from."""

    policy: Policy
    seen: Seen
    proposals: tuple[Proposal, ...]
    days: float
    counted: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines for the inventory; none if nothing is to change."""
        return settings(self.policy, {one.kind: one.take for one in self.proposals})

    def facts(self) -> dict[str, Any]:
        """Return the JSON object; its keys are a promise. Strangers' words are as they were."""
        return {
            "days": self.days,
            "since": moment(self.seen.since) if self.seen.since else None,
            "mode": self.policy.mode.value,
            "policy": self.policy.digest,
            "judged": self.seen.judged,
            "counted": self.counted,
            "findings": [_facts(one) for one in self.proposals],
            "paste": list(self.lines),
            "notes": list(self.notes),
        }

    def told(self) -> str:
        """Return the story."""
        since = f"since {moment(self.seen.since)}" if self.seen.since else "none"
        counted = "" if self.counted is None else f", {self.counted} since this host counts"
        lines = [
            (
                f"{self.seen.judged} judged sessions in the journal of the last {self.days:g} days"
                f" ({since}){counted}; policy {self.policy.digest}, mode {self.policy.mode}"
            ),
            "",
            "What the next stage would have hit (without a next one, what this one hits):",
            _ROW.format(
                "FINDING", "FAMILY", "NOW", "NEXT", "SESSIONS", "CLIENTS", "ORGANISATIONS", "WANTED"
            ),
            *map(_row, self.proposals),
            *(line for one in self.proposals for line in _details(one)),
            *_paste(self.lines),
            *(f"note: {note}" for note in self.notes),
        ]
        return "\n".join(lines)


def _row(one: Proposal) -> str:
    after = "-" if one.after is one.now else one.after.word
    hits = one.hits
    counts = (hits.sessions, _many(hits.clients), _many(hits.organisations), len(one.wanted))
    return _ROW.format(one.kind[0].value, f"v{one.kind[1]}", one.now.word, after, *counts)


def _many(what: dict[str, int]) -> str:
    return f"{len(what)}{'+' if len(what) >= MOST else ''}"


def _details(one: Proposal) -> Iterator[str]:
    """Say what is proposed, and who is at stake."""
    if not one.hits.sessions and one.take is one.now:
        return
    verdict = f"go on to {one.take.word}" if one.take is not one.now else f"stay at {one.now.word}"
    yield f"\n{one.kind[0]} v{one.kind[1]}: {verdict}: {one.reason}"
    for address, why in islice(one.wanted.items(), _SHOWN):
        number = one.hits.clients[address]
        yield f"  wanted  {number:6} sessions  {address}  {printable_words(why)}"
    if len(one.wanted) > _SHOWN:
        yield f"  and {len(one.wanted) - _SHOWN} more: --json"
    for name, number in one.hits.organisations.most_common(3):
        yield f"  most    {number:6} sessions  {printable(name, _NAME)}"


def _paste(lines: tuple[str, ...]) -> Iterator[str]:
    if not lines:
        yield "\nNothing to change now."
        return
    yield "\nFor the inventory; then site.yml:"
    yield from (f"  {line}" for line in lines)


def _facts(one: Proposal) -> dict[str, Any]:
    hits = one.hits
    return {
        "finding": one.kind[0].value,
        "family": f"v{one.kind[1]}",
        "stage": one.now.word,
        "next": None if one.after is one.now else one.after.word,
        "sessions": hits.sessions,
        "clients": len(hits.clients),
        "organisations": len(hits.organisations),
        "most": [
            {"organisation": name, "sessions": number}
            for name, number in hits.organisations.most_common(_LISTED)
        ],
        "wanted": [
            {"address": address, "why": why, "sessions": hits.clients[address]}
            for address, why in islice(one.wanted.items(), _LISTED)
        ],
        "wanted_clients": len(one.wanted),
        "proposal": one.take.word,
        "reason": one.reason,
        "changes": one.take is not Step(one.now),
    }

# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate as a pure state machine: state, what was observed, the time -> state.

Opening a family needs passes in a row, closing it fails in a row, each counted only when the
interval has gone by since the last one counted; unknown changes nothing. Where every server of a
zone refuses, that closes only after many in a row: servers that are set up anew refuse as well, and
receivers put mail off meanwhile, they do not turn it away. So a refusal does not count among the
few failures that close, and does not break their row. The ladder then says how mail leaves:
every family in use ▸ the family that is open ▸ the smarthost ▸ not at all. An override of the
operator goes before the ladder until its end, while the counting goes on underneath.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..shared.timed import Timed
from .verdict import Family, Verdict


class Rung(StrEnum):
    """How mail to the Internet leaves."""

    DIRECT = "direct"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    SMARTHOST = "smarthost"
    HOLD = "hold"


OVERRIDES = (Rung.DIRECT, Rung.SMARTHOST, Rung.HOLD)


class Mode(StrEnum):
    """Whether the gate decides, or lets mail leave and only says what it would do."""

    PROVE = "prove"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True)
class Terms:
    """What it takes to move. ``interval`` is in seconds, the other numbers are observations."""

    interval: float = 60.0
    passes_to_open: int = 2
    fails_to_close: int = 2
    refusals_to_close: int = 15
    smarthost: bool = False


@dataclass(frozen=True, slots=True)
class FamilyState:
    """One family: open or not, and what was counted in a row (``counted_at``: Unix time).

    ``certain`` are those of the ``fails`` that were more than refusals.
    """

    open: bool = False
    passes: int = 0
    fails: int = 0
    counted_at: float | None = None
    certain: int = 0


@dataclass(frozen=True, slots=True)
class Override(Timed):
    """The operator's order: until its end mail leaves by ``rung``, whatever is proved."""

    rung: Rung = Rung.HOLD

    def __str__(self) -> str:
        """Return the words for journal and terminal, on one line of ASCII."""
        return f"{self.rung} {Timed.__str__(self)}"


@dataclass(frozen=True, slots=True)
class State:
    """The gate. ``rung`` is what mail does, ``would`` what the gate would have it do."""

    mode: Mode
    rung: Rung
    would: Rung = Rung.HOLD
    since: float = 0.0
    families: Mapping[Family, FamilyState] = field(default_factory=dict)
    override: Override | None = None


def start(mode: Mode, now: float) -> State:
    """Return the state before the first proof: held, or in observe mode direct."""
    return State(mode, Rung.DIRECT if mode == Mode.OBSERVE else Rung.HOLD, since=now)


def step(
    state: State,
    seen: Mapping[Family, Verdict],
    now: float,
    terms: Terms,
    *,
    refused: frozenset[Family] = frozenset(),
) -> State:
    """Return the state after an observation; ``refused``: what failed there was only refused.

    A family that was seen before and is missing now counts as unknown: its route may come back
    before the next proof, and mail would leave by it.
    """
    families = dict(state.families)
    for family, verdict in seen.items():
        known = families.get(family, FamilyState())
        if verdict is Verdict.PASS:
            families[family] = _count_pass(known, now, terms)
        elif verdict is Verdict.FAIL:
            families[family] = _count_fail(known, now, terms, certain=family not in refused)
        else:
            families[family] = known
    return settle(replace(state, families=families), now, terms)


def settle(state: State, now: float, terms: Terms) -> State:
    """Return the state with its rungs where override, families, mode and terms put them."""
    would = ladder(state.families, smarthost=terms.smarthost)
    override = _standing(state.override, now, terms)
    rung = Rung.DIRECT if state.mode == Mode.OBSERVE else would
    rung = override.rung if override else rung
    since = state.since if rung == state.rung else now
    return replace(state, rung=rung, would=would, since=since, override=override)


def ladder(families: Mapping[Family, FamilyState], *, smarthost: bool) -> Rung:
    """Return the highest rung that the open families allow."""
    opened = [family for family, state in families.items() if state.open]
    if opened and len(opened) == len(families):
        return Rung.DIRECT
    if opened:
        return Rung(opened[0].value)
    return Rung.SMARTHOST if smarthost else Rung.HOLD


def _standing(override: Override | None, now: float, terms: Terms) -> Override | None:
    """Return the override unless it is over, or would send mail to a smarthost that is no more."""
    if override is None or not override.holds(now):
        return None
    return override if override.rung != Rung.SMARTHOST or terms.smarthost else None


def _count_pass(family: FamilyState, now: float, terms: Terms) -> FamilyState:
    if family.passes and not _due(family, now, terms):
        return family
    passes = min(family.passes + 1, terms.passes_to_open)
    return FamilyState(family.open or passes >= terms.passes_to_open, passes, 0, now)


def _count_fail(family: FamilyState, now: float, terms: Terms, *, certain: bool) -> FamilyState:
    if family.fails and not _due(family, now, terms):
        return family
    fails = min(family.fails + 1, terms.refusals_to_close)
    sure = min(family.certain + certain, terms.fails_to_close)
    stays = fails < terms.refusals_to_close and sure < terms.fails_to_close
    return FamilyState(family.open and stays, 0, fails, now, sure)


def _due(family: FamilyState, now: float, terms: Terms) -> bool:
    """Tell whether the interval is over; a clock set back must not stop the counting for ever."""
    return family.counted_at is None or abs(now - family.counted_at) >= terms.interval

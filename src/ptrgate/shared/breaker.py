# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether DNS is believed: a pure state machine of times and observations (design 4).

While the breaker is open nobody is refused for good. It opens on what strangers cannot influence
and never on what *they* are answered: on canaries, addresses whose names everybody knows, and on
known good senders that come back without a name. A failed or slow lookup of a stranger is nothing.

Times are seconds of one clock of the host. It may begin anew: no time that was noted is ever later
than now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

LONG_SILENCE, SILENT_ROUNDS = 30.0, 3  # canaries unanswered so long, and so often
CALM = 60.0  # seconds of right answers before DNS is believed again
WINDOW = 600.0  # seconds that are looked at together
LOST_SENDERS, LOST_SHARE = 10, 0.2  # at least so many, more than this share of those who came back
MOST_LOST = 1000  # noted at a time
EVERY, EVERY_WHILE_OPEN = 30.0, 10.0  # seconds between rounds that nothing else asks for


class Heard(StrEnum):
    """What came of asking for a canary."""

    RIGHT = "right"
    WRONG = "wrong"
    SILENT = "silent"


class Cause(StrEnum):
    """What opened the breaker."""

    NONE = ""
    LIES = "lies"
    SILENCE = "silence"
    SENDERS = "senders"


@dataclass(frozen=True, slots=True)
class Asked:
    """One canary that was asked for: its name for people, what was heard, that in words."""

    canary: str
    heard: Heard
    words: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one worker saw within the window, said ``at`` that time.

    ``returned``: remembered addresses that passed again. ``private``, ``public``: clients with
    such an address.
    """

    at: float
    returned: int = 0
    private: int = 0
    public: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """All that the workers of a host know together; ``cause`` says whether the breaker is open.

    ``asked``: when the last round began; ``right``: when the last began that was right; ``due``:
    when the next begins. ``calm``: since when rounds are right, while open. ``armed``: canaries
    that were right once; ``missed``: those that were not, when others were. ``lost``: address ->
    when it came back without a name. ``told``: what is not told every time -> when it was.
    """

    cause: Cause = Cause.NONE
    evidence: str = ""
    since: float = 0.0
    asked: float = 0.0
    right: float = 0.0
    due: float = 0.0
    calm: float = 0.0
    silent_since: float = 0.0
    silent_rounds: int = 0
    armed: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    lost: Mapping[str, float] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether nobody is refused for good."""
        return self.cause is not Cause.NONE


def after_round(state: State, began: float, now: float, answers: Iterable[Asked]) -> State:
    """Take note of a round of canaries; one that was never right does not count."""
    answers = tuple(answers)
    right = {asked.canary for asked in answers if asked.heard is Heard.RIGHT}
    armed = tuple(dict.fromkeys((*state.armed, *sorted(right))))
    counting = [asked for asked in answers if asked.canary in armed]
    wrong = [asked for asked in counting if asked.heard is Heard.WRONG]
    state = replace(state, asked=began, armed=armed)
    if right:
        return _settled(_right(state, began, right, wrong), now)
    if wrong:
        return _opened(replace(state, calm=0.0), Cause.LIES, _words(wrong), now)
    return _silent(state, began, now, counting) if counting else state


def _right(state: State, began: float, right: set[str], wrong: list[Asked]) -> State:
    missed = {*state.missed, *(asked.canary for asked in wrong)} - right
    state = replace(
        state, right=began, silent_since=0.0, silent_rounds=0, missed=tuple(sorted(missed))
    )
    if state.cause is Cause.NONE or state.calm:
        return state
    # who was lost while everything was answered wrongly has lost nothing
    lost = {} if state.cause is Cause.LIES else state.lost
    return replace(state, calm=began, lost=lost)


def _silent(state: State, began: float, now: float, counting: list[Asked]) -> State:
    since = state.silent_since or began
    state = replace(state, silent_since=since, silent_rounds=state.silent_rounds + 1, calm=0.0)
    if state.silent_rounds >= SILENT_ROUNDS and now - since >= LONG_SILENCE:
        return _opened(state, Cause.SILENCE, _words(counting), now)
    return state


def _words(answers: list[Asked]) -> str:
    return "; ".join(f"{asked.canary}: {asked.words}" for asked in answers)


def _opened(state: State, cause: Cause, evidence: str, now: float) -> State:
    """Open the breaker; one that is open keeps its first reason, unless that was mere silence."""
    if state.cause not in (Cause.NONE, Cause.SILENCE) or state.cause is cause:
        return state
    since = state.since if state.is_open else now
    return replace(state, cause=cause, evidence=evidence, since=since, due=now + EVERY_WHILE_OPEN)


def after_loss(state: State, address: str, now: float) -> State:
    """Take note of a known good sender that came back without a right name."""
    fresh = {other: at for other, at in state.lost.items() if now - at < WINDOW}
    fresh = dict(list(fresh.items())[-(MOST_LOST - 1) :]) | {address: now}
    return _settled(replace(state, lost=fresh), now)


def after_return(state: State, address: str) -> State:
    """Take note of a lost sender that has its name back."""
    return replace(state, lost={other: at for other, at in state.lost.items() if other != address})


def after_report(state: State, worker: str, report: Report) -> State:
    """Take note of what one worker saw."""
    now = report.at
    others = {name: other for name, other in state.reports.items() if now - other.at < WINDOW}
    return _settled(replace(state, reports=others | {worker: report}), now)


def _settled(state: State, now: float) -> State:
    """Open the breaker if too many are lost; close it if there is no reason left."""
    gone = lost(state, now)
    returned = sum(report.returned for report in state.reports.values())
    if gone >= LOST_SENDERS and gone > LOST_SHARE * (gone + returned):
        evidence = f"{gone} known good senders came back without their names, {returned} with them"
        return _opened(state, Cause.SENDERS, evidence, now)
    enough = 0.0 if state.cause is Cause.SILENCE else CALM
    if state.is_open and state.calm and now - state.calm >= enough:
        return replace(state, cause=Cause.NONE, evidence="", since=now, calm=0.0)
    return state


def lost(state: State, now: float) -> int:
    """Count the known good senders of the window that came back without a right name."""
    return sum(now - at < WINDOW for at in state.lost.values())


def claimed(state: State, now: float) -> State:
    """Let one worker begin the round that is due: whoever moved ``due`` is the one."""
    every = EVERY_WHILE_OPEN if state.is_open else EVERY
    return replace(state, due=now + every) if now >= state.due else state


def told(state: State, what: str, now: float, quiet: float) -> State:
    """Let one worker say what is not said every time: whoever changed ``told`` is the one."""
    if what in state.told and now - state.told[what] < quiet:
        return state
    return replace(state, told=dict(state.told) | {what: now})


def hidden(state: State, least: int) -> tuple[int, int] | None:
    """Return (private clients, all clients) of the window, if most of at least so many are."""
    private = sum(report.private for report in state.reports.values())
    clients = private + sum(report.public for report in state.reports.values())
    return (private, clients) if clients >= least and 2 * private > clients else None

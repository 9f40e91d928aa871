# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame of `ptrgate top`: facts to lines, as wide as the terminal and no wider."""

from collections.abc import Iterator
from typing import Any

from ..judge.refusal import printable

Facts = dict[str, Any]
_OFTEN = 15  # seconds without a word of the supervisor
_OLD_PROOF = 900
_ENOUGH_DAYS = 14
_HOUR, _DAY = 3600, 86400


def lines(facts: Facts, width: int = 100) -> list[str]:
    """Return the lines; what needs a person begins with ``!!``. Printable ASCII, whatever came."""
    told = [*_head(facts), "", *_sessions(facts), "", *_judging(facts), *_standing(facts)]
    return [printable_line(line, width) for line in told]


def printable_line(line: str, width: int) -> str:
    """Return a line that can do nothing to a terminal and fits into ``width`` columns."""
    words = [printable(word, width) if word else "" for word in line.split(" ")]
    return " ".join(words)[:width]


def _head(facts: Facts) -> Iterator[str]:
    milter, policy = facts["milter"], facts["policy"]
    workers = f"{milter['serving']} of {milter['wanted']} workers serve"
    if milter["age"] is None or milter["age"] > _OFTEN:
        yield "!! the milter is gone: all mail is asked to come again"
    elif milter["serving"] < milter["wanted"]:
        yield f"!! {workers}"
    else:
        yield f"   {workers}; ever {milter['died']} died, {milter['hung']} hung"
    yield f"   policy {policy['digest'] or 'unknown'} ({policy['mode'] or 'unknown'})"
    if policy["refused"]:
        yield f"!! a newer policy was refused: {policy['refused']}"
    if facts["paused_seconds"]:
        yield f"!! paused: nobody is refused for {span(facts['paused_seconds'])}"
    breaker = facts["breaker"]
    if breaker["open"]:
        yield "!! breaker open: DNS is not believed, nobody is refused for good"
    else:
        trips, lost = breaker["trips"], breaker["lost_senders"]
        yield f"   DNS is believed; breaker opened {trips} times, {lost} good senders lost"


def _sessions(facts: Facts) -> Iterator[str]:
    yield f"{facts['sessions_per_second']:10.1f} /s  clients     of the last {facts['seconds']:g} s"
    for row in facts["sessions"]:
        yield (
            f"{row['per_second']:10.1f} /s  {row['finding']:<12}"
            f"{row['action']:<8}{row['total']:>14,} in all"
        )


def _judging(facts: Facts) -> Iterator[str]:
    judged, memory = facts["judging"], facts["memory"]
    if judged["judged"]:
        yield (
            f"   judged {judged['judged']}, half within {_bound(judged['half_within'])},"
            f" 19 of 20 within {_bound(judged['most_within'])}"
        )
        sources = ", ".join(f"{name} {n}" for name, n in facts["sources"].items() if n)
        yield f"   answers from {sources}"
    yield f"   remembered {memory['remembered']:,}, told first {memory['warned']:,}"
    if facts["errors"]:
        yield f"   {facts['errors']} errors of ours ever: journalctl -u ptrgate-milter"


def _standing(facts: Facts) -> Iterator[str]:
    if gate := facts["gate"]:
        yield from _gate(gate)
    if queue := facts["queue"]:
        yield from _queue(queue)


def _gate(gate: Facts) -> Iterator[str]:
    age = gate["proof_age"]
    proved = "never proved" if age is None else f"proved {span(age)} ago"
    is_bad = gate["rung"] == "hold" or age is None or age > _OLD_PROOF
    waiting = f", {gate['waiting']} messages wait, {gate['guarded']} of them on hold"
    sign = "!!" if is_bad else "  "
    yield f"{sign} gate: {gate['rung']} ({gate['mode']}), {proved}{waiting if is_bad else ''}"
    if gate["override"]:
        yield f"!! gate overridden: {gate['override']}"


def _queue(queue: Facts) -> Iterator[str]:
    if queue["messages"] is None:
        yield f"!! queue: cannot be seen: {queue['trouble']}"
    else:
        least = "" if queue["whole"] else "at least "
        full = ", ".join(f"{n:,} {name}" for name, n in queue["messages"].items() if n)
        oldest = max(queue["oldest_seconds"].values(), default=0)
        yield f"   queue: {least}{full or 'empty'}" + (f", oldest {span(oldest)}" if oldest else "")
    for name, days in queue["certificate_days"].items():
        if days < _ENOUGH_DAYS:
            yield f"!! certificate at {name}: {max(0, days):g} days left"


def _bound(milliseconds: float | None) -> str:
    return "more than 8 s" if milliseconds is None else f"{milliseconds:g} ms"


def span(seconds: float) -> str:
    """Return a length of time as people read it."""
    for size, name in ((_DAY, "d"), (_HOUR, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"

# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a look at an address, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..diagnosis.providers import Provider
from ..diagnosis.remedies import Remedy, filled
from ..judge.words import Diagnosis, Finding
from . import drawn
from .evidence import records
from .markup import unmarked
from .text import Link, Words

ELSEWHERE = {Finding.NO_PTR.value: 63}  # seconds until every host of ours sees it: what they keep
ELSEWHERE_SECONDS = 303

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """What one look found, ready to be shown; ``seen`` are its facts, empty if none was had.

    ``outcome`` is passes, soon, fails, unknown, doubted, split, busy, wait, away, error or private;
    ``says`` a sentence with marks.
    """

    outcome: str
    says: str
    notes: tuple[str, ...] = ()
    chain: tuple[Link, ...] = ()
    remedy: Remedy | None = None
    provider: Provider | None = None
    seen: Told | None = None
    records: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether mail is taken, now or soon."""
        return self.outcome in ("passes", "soon")


@dataclass(frozen=True, slots=True)
class Glance:
    """The four steps as our resolver sees them when the page is opened; ``says`` says so."""

    chain: tuple[Link, ...]
    says: str
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reporter:
    """Says what was told; ``was`` is the finding of the refusal, "" without one.

    ``apart``: mail is judged on other hosts, which nobody can tell to forget what they know.
    """

    words: Words
    address: str
    was: str = ""
    apart: bool = False

    def report(self, told: Told, provider: Provider | None = None) -> Live:
        """Return what to show of an answer of `asking`."""
        if "seen" in told:
            try:
                return self._seen(told["seen"], provider)
            except (LookupError, TypeError, ValueError):  # of another release, for a moment
                told = {"error": "away"}
        said, at = self.words.table("recheck"), {"address": self.address}
        if "wait" in told:
            outcome = "wait" if told["wait"] else "busy"
            return Live(outcome, said[outcome].format(seconds=told["wait"], **at))
        outcome = "away" if told.get("error") == "away" else "error"
        return Live(outcome, said[outcome].format_map(at))

    def glance(self, told: Told) -> Glance | None:
        """Return the chain as our resolver sees it, None if it could not tell quickly."""
        seen = told.get("seen")
        try:
            if not seen or seen["finding"] == Finding.DNS_FAILURE.value:
                return None
            is_right = seen["finding"] == Finding.OK.value
            says = self.words.table("recheck")["glance_right" if is_right else "glance"]
            return Glance(
                tuple(drawn.chain(seen, self.address, self._steps)),
                says,
                drawn.names(seen, self._steps),
            )
        except (LookupError, TypeError):  # of another release, for a moment
            return None

    def private(self) -> Live:
        """Return what to show of an address that nobody's DNS names."""
        return Live("private", self.words.table("recheck")["private"].format(address=self.address))

    def _seen(self, seen: Told, provider: Provider | None) -> Live:
        if self.apart and seen["accepted"]:
            seen = {**seen, "accepted": _later(seen["time"], self._elsewhere()), "now": False}
        name = seen["names"][0]["name"] if seen["names"] else ""
        words = self.words.remedies[Diagnosis(seen["diagnosis"])]
        fix = filled(words, self.address, name)
        seen = {**seen, **asdict(fix)}  # they came in English
        outcome = _outcome(seen)
        at = {
            "address": self.address,
            "accepted": _clock(seen["accepted"]),
            "title": fix.title,
            "meaning": unmarked(fix.meaning),
        }
        key = "own_passes" if outcome == "passes" and not self.was else outcome
        notes = tuple(self._notes(seen, outcome))
        says = self.words.table("recheck")[key].format_map(at)
        chain = tuple(drawn.chain(seen, self.address, self._steps))
        is_bad = outcome not in ("passes", "soon", "doubted")
        wanted, names = records(seen, self.words), drawn.names(seen, self._steps)
        live = Live(outcome, says, notes, chain, seen=seen, records=wanted, names=names)
        return replace(live, remedy=fix, provider=provider) if is_bad else live

    def _notes(self, seen: Told, outcome: str) -> Iterator[str]:
        said, resolver = self.words.table("recheck"), seen["resolver"]
        if outcome in ("passes", "soon") and self.was and not self.apart:
            elsewhere = _clock(seen["time"], self._elsewhere())
            yield said["passes_elsewhere"].format(elsewhere=elsewhere)
        if resolver["forgot"]:
            yield said["forgot"]
        elif resolver["seconds"] is not None:
            kept = self.words.table("range")[resolver["finding"]]
            yield said["kept"].format(finding=kept, seconds=resolver["seconds"])
        when = datetime.fromisoformat(seen["time"])
        yield said["checked"].format(time=self.words.moment(when))

    @property
    def _steps(self) -> Mapping[str, str]:
        return self.words.table("live")

    def _elsewhere(self) -> int:
        return ELSEWHERE.get(self.was, ELSEWHERE_SECONDS)


def _outcome(seen: Told) -> str:
    if seen["accepted"]:
        return "passes" if seen["now"] else "soon"
    if seen["diagnosis"] == Diagnosis.OK.value:
        return "doubted"
    if seen["diagnosis"] == Diagnosis.DNS_FAILURE.value:
        return "unknown"
    return "split" if seen["resolver"]["finding"] == Finding.OK.value else "fails"


def _later(moment: str, seconds: int) -> str:
    at = datetime.fromisoformat(moment) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(moment: str | None, seconds: int = 0) -> str:
    """Return hours and minutes of a UTC time, rounded up: nothing is promised too early."""
    if moment is None:
        return ""
    at = datetime.fromisoformat(moment) + timedelta(seconds=seconds)
    return (at + timedelta(seconds=59)).strftime("%H:%M")

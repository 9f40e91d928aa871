# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a look at an address, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..diagnosis.providers import Provider
from ..diagnosis.remedies import Remedy, filled
from ..judge.words import Diagnosis, Finding, NameResult
from .evidence import records
from .markup import unmarked
from .places import places
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

    @property
    def is_good(self) -> bool:
        """Whether mail is taken, now or soon."""
        return self.outcome in ("passes", "soon")


@dataclass(frozen=True, slots=True)
class Glance:
    """The four steps as our resolver sees them when the page is opened; ``says`` says so."""

    chain: tuple[Link, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Reporter:
    """Says what was told; ``was`` is the finding of the refusal, "" without one."""

    words: Words
    address: str
    was: str = ""

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
            return Glance(tuple(self._chain(seen)), says)
        except (LookupError, TypeError):  # of another release, for a moment
            return None

    def private(self) -> Live:
        """Return what to show of an address that nobody's DNS names."""
        return Live("private", self.words.table("recheck")["private"].format(address=self.address))

    def _seen(self, seen: Told, provider: Provider | None) -> Live:
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
        chain = tuple(self._chain(seen))
        is_bad = outcome not in ("passes", "soon", "doubted")
        live = Live(outcome, says, notes, chain, seen=seen, records=records(seen, self.words))
        return replace(live, remedy=fix, provider=provider) if is_bad else live

    def _notes(self, seen: Told, outcome: str) -> Iterator[str]:
        said, resolver = self.words.table("recheck"), seen["resolver"]
        if outcome in ("passes", "soon") and self.was:
            seconds = ELSEWHERE.get(self.was, ELSEWHERE_SECONDS)
            yield said["passes_elsewhere"].format(elsewhere=_clock(seen["time"], seconds))
        if resolver["forgot"]:
            yield said["forgot"]
        elif resolver["seconds"] is not None:
            kept = self.words.table("range")[resolver["finding"]]
            yield said["kept"].format(finding=kept, seconds=resolver["seconds"])
        when = datetime.fromisoformat(seen["time"])
        yield said["checked"].format(time=self.words.moment(when))

    def _chain(self, seen: Told) -> Iterator[Link]:
        """Yield the four steps: address, name, its address, match."""
        said = self.words.table("live")
        names, finding = seen["names"], seen["finding"]
        record = places(self.address)["record"]
        yield Link("good", said["address"], self.address, said["connects"])
        if not names:
            is_none = finding == Finding.NO_PTR.value
            state, value = ("bad", said["none"]) if is_none else ("unknown", said["no_answer"])
            yield Link(state, said["name"], value, said["asked"].format(record=record))
            rest = "skipped" if is_none else "unknown"
            why = said["nameless" if is_none else "untold_note"]
            yield Link(rest, said["no_forward"], said["not_asked"], why)
            yield Link(
                rest,
                said["match"],
                said["untold"],
                said["unconfirmed_note" if is_none else "untold_note"],
            )
            return
        one = next((n for n in names if n["result"] == NameResult.CONFIRMED.value), names[0])
        is_line = finding == Finding.DYNAMIC.value
        state = "bad" if is_line else "good"
        note = said["line"] if is_line else said["asked"].format(record=record)
        yield Link(state, said["name"], _short(one["name"]), note)
        yield _forward(one, said)
        yield _match(finding, said)


def _forward(one: Told, said: Mapping[str, str]) -> Link:
    label = said["no_forward"]
    note = said["asked"].format(record=_short(one["name"]))
    shown = ", ".join(one["addresses"][:3]) + (" ..." if len(one["addresses"]) > 3 else "")  # noqa: PLR2004
    kinds = {
        NameResult.CONFIRMED.value: ("good", shown),
        NameResult.MISMATCH.value: ("bad", shown),
        NameResult.NO_ADDRESS.value: ("bad", said["nothing"]),
        NameResult.JUNK.value: ("bad", said["junk"]),
        NameResult.FAILED.value: ("unknown", said["no_answer"]),
        NameResult.NOT_ASKED.value: ("skipped", said["not_asked"]),
    }
    state, value = kinds[one["result"]]
    return Link(state, label, value, note)


def _match(finding: str, said: Mapping[str, str]) -> Link:
    if finding == Finding.FORGED.value:
        return Link("bad", said["match"], said["unconfirmed"], said["unconfirmed_note"])
    if finding == Finding.DNS_FAILURE.value:
        return Link("unknown", said["match"], said["untold"], said["untold_note"])
    note = said["line_note" if finding == Finding.DYNAMIC.value else "confirmed_note"]
    return Link("good", said["match"], said["confirmed"], note)


def _outcome(seen: Told) -> str:
    if seen["accepted"]:
        return "passes" if seen["now"] else "soon"
    if seen["diagnosis"] == Diagnosis.OK.value:
        return "doubted"
    if seen["diagnosis"] == Diagnosis.DNS_FAILURE.value:
        return "unknown"
    return "split" if seen["resolver"]["finding"] == Finding.OK.value else "fails"


def _clock(moment: str | None, seconds: int = 0) -> str:
    """Return hours and minutes of a UTC time, rounded up: nothing is promised too early."""
    if moment is None:
        return ""
    at = datetime.fromisoformat(moment) + timedelta(seconds=seconds)
    return (at + timedelta(seconds=59)).strftime("%H:%M")


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..."


MAX_NAME = 80

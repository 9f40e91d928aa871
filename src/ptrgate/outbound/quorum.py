# SPDX-License-Identifier: GPL-3.0-or-later
"""What several witnesses together prove of one address: a pure table, with a third value.

A witness that could not find out abstains: a silent or broken server says nothing about the PTR.
More than half of the others decide; a tie is decided without the local resolver, whose data may
be its own; still a tie proves nothing. Nor does anybody's word prove a thing while authoritative
servers contradict each other: what a resolver says then depends on which of them it asked. That a
delegation is lame is concluded from refusals, so it gives way to any witness that was answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..diagnosis.diagnose import Diagnosed
from ..judge.noting import Noted
from ..judge.words import Diagnosis
from .verdict import VERDICTS, Verdict


class Place(StrEnum):
    """Where a witness stands; in this order its words are believed."""

    WORLD = "authoritative"
    LOCAL = "local"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True)
class Witness:
    """Who was asked, what came of it, and the answers behind it.

    ``is_torn``: it heard servers that contradict each other.
    """

    who: str
    place: Place
    found: Diagnosed
    noted: tuple[Noted, ...] = ()
    milliseconds: int = 0
    is_torn: bool = False

    @property
    def verdict(self) -> Verdict:
        """What this witness alone would prove."""
        return VERDICTS[self.found.diagnosis]


def conclude(witnesses: Sequence[Witness], *, is_bogus: bool = False) -> Diagnosed:
    """Return what they prove together; ``is_bogus``: DNSSEC hides the name from who validates.

    Raises ValueError without a witness.
    """
    if not witnesses:
        raise ValueError("nobody was asked: there is neither a resolver nor a root server")
    is_open = is_bogus or any(witness.is_torn for witness in witnesses)
    verdict = Verdict.UNKNOWN if is_open else _decided(_speaking(witnesses))
    ordered = sorted(witnesses, key=lambda witness: list(Place).index(witness.place))
    agreeing = [witness.found for witness in ordered if witness.verdict is verdict]
    if agreeing and not is_bogus:
        return agreeing[0]
    return replace(ordered[0].found, diagnosis=Diagnosis.DNS_FAILURE)


def why_unknown(witnesses: Sequence[Witness], *, is_bogus: bool = False) -> str:
    """Say in words why nothing is proved, "" if it is that nobody could find out."""
    if is_bogus:
        return "its DNSSEC signatures are wrong: a receiver that validates sees a failure"
    said = {witness.who: witness.found.diagnosis for witness in _speaking(witnesses)}
    if len(said) > 1 and _decided(_speaking(witnesses)) is Verdict.UNKNOWN:
        return "they disagree: " + ", ".join(f"{who} says {word}" for who, word in said.items())
    return ""


def _speaking(witnesses: Sequence[Witness]) -> list[Witness]:
    speaking = [witness for witness in witnesses if witness.verdict is not Verdict.UNKNOWN]
    if any(witness.verdict is Verdict.PASS for witness in speaking):
        return [witness for witness in speaking if not witness.found.is_inferred]
    return speaking


def _decided(speaking: Sequence[Witness]) -> Verdict:
    for voices in (speaking, [w for w in speaking if w.place is not Place.LOCAL]):
        counted = Counter(witness.verdict for witness in voices)
        for verdict, number in counted.items():
            if number * 2 > len(voices):
                return verdict
    return Verdict.UNKNOWN

# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a name say that its host is a DSL, dial-up or dynamic line? A thin first answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason: the rule, the part of the name (start, end) it saw, and what it weighs."""

    rule: str
    span: tuple[int, int]
    weight: float


@dataclass(frozen=True, slots=True)
class Dynamic:
    """The verdict on one name, its score, and the evidence for and against."""

    verdict: bool
    score: float
    evidence: tuple[Evidence, ...]


def classify(name: str, address: str) -> Dynamic:
    """Judge one name of one address, both in canonical text form."""
    _ = name, address
    return Dynamic(verdict=False, score=0.0, evidence=())

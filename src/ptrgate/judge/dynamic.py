# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a name say that its host is a DSL, dial-up or dynamic line?

Evidence adds up, and the operating point says how much is enough; pure, no DNS. Time is linear in
the name, which has 255 octets at most. The operator has the last word about a suffix.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .addresses import parse
from .evidence import gather
from .terms import Naming
from .weights import THRESHOLDS, WEIGHTS

_OPERATOR = 99.0  # more than all evidence together


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


ORDINARY = Naming()


def classify(name: str, address: str, naming: Naming = ORDINARY) -> Dynamic:
    """Judge a name (presentation form) of an address. Raises ValueError for no address."""
    client = parse(address)
    text = name.lower().removesuffix(".")
    evidence = tuple(_told(text, naming)) if naming.servers or naming.lines else ()
    if not evidence and text:
        weights = WEIGHTS[naming.point]
        evidence = tuple(
            Evidence(rule, span, weights[rule])
            for rule, span in gather(text, client)
            if rule in weights
        )
    # Pythons differ in the last bit of a sum, and so in the sign of nothing
    score = round(sum(one.weight for one in evidence), 2) + 0.0
    return Dynamic(score >= THRESHOLDS[naming.point], score, evidence)


def _told(name: str, naming: Naming) -> Iterator[Evidence]:
    """Yield what the operator says of the longest suffix that they name."""
    start = 0
    while start <= len(name):
        suffix = name[start:]
        if suffix in naming.servers:
            yield Evidence("operator.server", (start, len(name)), -_OPERATOR)
            return
        if suffix in naming.lines:
            yield Evidence("operator.line", (start, len(name)), _OPERATOR)
            return
        start = name.find(".", start) + 1 or len(name) + 1


def hits(naming: Naming, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of the names, each with its address, that are judged to be lines."""
    return {(name, address) for name, address in names if classify(name, address, naming).verdict}

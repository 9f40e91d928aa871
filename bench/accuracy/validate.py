# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-validation by registered domain, and the figures of each operating point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.accuracy.beliefs import BELIEFS
from bench.accuracy.examples import FOLDS, Example, examples
from bench.accuracy.fit import fit, tally
from bench.accuracy.sets import Pair
from ptrgate.judge.words import Point

# log odds from which on a name is a line's; the two milder points share one table of weights
POINTS = {Point.STRICT: 1.6, Point.BALANCED: 2.0, Point.CAUTIOUS: 2.5}

Sets = Mapping[str, Sequence[Pair]]
Scores = Mapping[Pair, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each rule weighs in log odds, to hundredths, and the intercept."""

    rules: Mapping[str, float]
    intercept: float

    def score(self, example: Example) -> float:
        """Return the log odds that the name is a line's."""
        return sum(self.rules.get(rule, 0.0) for rule in example.rules) + self.intercept


def found(taught: Sequence[Example]) -> Weights:
    """Find the weights from examples."""
    rules, intercept = fit(tally((one.rules, one.is_line, one.weight) for one in taught), BELIEFS)
    return Weights({rule: round(w, 2) for rule, w in rules.items()}, round(intercept, 2))


def validated(sets: Sets, *, strict: bool) -> Scores:
    """Score each name by weights that were found without its registered domain."""
    known = list(examples(sets, strict=strict))
    scores: dict[Pair, float] = {}
    for fold in range(FOLDS):
        weights = found([one for one in known if one.fold != fold])
        scores |= {one.pair: weights.score(one) for one in known if one.fold == fold}
    return scores


def share(scores: Scores, pairs: Sequence[Pair], threshold: float) -> float:
    """Return how many of the names are flagged, in percent."""
    return 100 * sum(scores[pair] >= threshold for pair in pairs) / len(pairs)


def figures(sets: Sets) -> Iterator[tuple[Point, dict[str, float]]]:
    """Yield the share that each operating point flags of each set."""
    tables = {strict: validated(sets, strict=strict) for strict in (True, False)}
    for point, threshold in POINTS.items():
        scores = tables[point is Point.STRICT]
        yield point, {name: share(scores, pairs, threshold) for name, pairs in sets.items()}


def curve(sets: Sets, *, strict: bool) -> list[dict[str, float]]:
    """Return the shares at every threshold that flags something else, most flagged first."""
    scores = validated(sets, strict=strict)
    steps = sorted({round(score, 1) for score in scores.values()})
    return [{name: share(scores, pairs, step) for name, pairs in sets.items()} for step in steps]

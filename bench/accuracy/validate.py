# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-validation by registered domain, and the figures of each operating point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bench.accuracy.beliefs import BELIEFS
from bench.accuracy.examples import Example, examples, fold, rules_of
from bench.accuracy.fit import fit, tally
from bench.accuracy.sets import Pair
from ptrgate.judge.words import Point

# log odds from which on a name is a line's; the two milder points share one table of weights
POINTS = {Point.STRICT: 1.5, Point.BALANCED: 1.5, Point.CAUTIOUS: 2.5}

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


def parts(known: Sequence[Example]) -> dict[int, Weights]:
    """Return the weights for each part of the split, found without it."""
    return {
        part: found([one for one in known if one.fold != part])
        for part in sorted({one.fold for one in known})
    }


def scored(known: Sequence[Example]) -> Scores:
    """Score each name by weights that were found without its registered domain."""
    weights = parts(known)
    return {one.pair: weights[one.fold].score(one) for one in known}


def validated(sets: Sets, *, strict: bool) -> Scores:
    """Score each name of the sets by weights that were found without its registered domain."""
    return scored(list(examples(sets, strict=strict)))


def judges(sets: Sets) -> dict[Point, Callable[[Pair], bool]]:
    """Return for each operating point a judge of any name, by weights found without its domain."""
    tables = {flag: parts(list(examples(sets, strict=flag))) for flag in (True, False)}

    def judge(point: Point, pair: Pair) -> bool:
        one = Example(pair, rules_of(pair), is_line=False, weight=0, fold=fold(pair[0]))
        return tables[point is Point.STRICT][one.fold].score(one) >= POINTS[point]

    return {point: partial(judge, point) for point in POINTS}


def share(scores: Scores, pairs: Sequence[Pair], threshold: float) -> float:
    """Return how many of the names are flagged, in percent."""
    return 100 * sum(scores[pair] >= threshold for pair in pairs) / len(pairs)


def tables(sets: Sets) -> dict[bool, Scores]:
    """Return the validated scores of both tables of weights, by whether it is the strict one."""
    return {strict: validated(sets, strict=strict) for strict in (True, False)}


def figures(sets: Sets, tables: Mapping[bool, Scores]) -> Iterator[tuple[Point, dict[str, float]]]:
    """Yield the share that each operating point flags of each set."""
    for point, threshold in POINTS.items():
        scores = tables[point is Point.STRICT]
        yield point, {name: share(scores, pairs, threshold) for name, pairs in sets.items()}


def curve(sets: Sets, scores: Scores) -> list[dict[str, float]]:
    """Return the shares at every threshold that flags something else, most flagged first."""
    steps = sorted({round(score, 1) for score in scores.values()})
    return [{name: share(scores, pairs, step) for name, pairs in sets.items()} for step in steps]

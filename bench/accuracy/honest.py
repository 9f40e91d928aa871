# SPDX-License-Identifier: GPL-3.0-or-later
"""What to expect of names of other domains: thresholds chosen without them, and chance.

Nested: for each part of the split, the threshold too is found without it, by validation within the
other parts. Spread: the same figures if other domains of the same kind had been collected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random

from bench.accuracy.examples import FOLDS, examples
from bench.accuracy.sets import Pair, domain
from bench.accuracy.validate import Scores, Sets, found, scored, share

MISTAKES = 0.05  # percent of servers that may be flagged where a threshold is chosen
_ABOVE = 0.5  # log odds that are kept from the least such threshold
_STEPS = [step / 10 for step in range(60)]
_SAMPLES = 400
_ENDS = (0.05, 0.95)

Tally = tuple[int, int]  # flagged, of how many


def nested(sets: Sets, *, strict: bool) -> dict[str, float]:
    """Return the share flagged of each set, weights and thresholds found without its domains."""
    known = list(examples(sets, strict=strict))
    margins: dict[Pair, float] = {}
    for part in range(FOLDS):
        rest = [one for one in known if one.fold != part]
        limit = _limit(scored(rest), sets["ham S"]) + _ABOVE
        weights = found(rest)
        margins |= {one.pair: weights.score(one) - limit for one in known if one.fold == part}
    return {name: share(margins, pairs, 0.0) for name, pairs in sets.items()}


def _limit(scores: Scores, servers: Sequence[Pair]) -> float:
    known = [pair for pair in servers if pair in scores]
    return next(step for step in _STEPS if share(scores, known, step) <= MISTAKES)


def spread(scores: Scores, sets: Sets, threshold: float) -> list[dict[str, float]]:
    """Return the shares that one in twenty samples of domains is below, and one in twenty above."""
    ends: list[dict[str, float]] = [{}, {}]
    for name, pairs in sets.items():
        groups = list(_by_domain(scores, pairs, threshold).values())
        chance = Random(name)  # noqa: S311 (repeatable, no secret)
        drawn = sorted(_drawn(groups, chance) for _ in range(_SAMPLES))
        for row, end in zip(ends, _ENDS, strict=True):
            row[name] = drawn[round(end * (_SAMPLES - 1))]
    return ends


def _by_domain(scores: Scores, pairs: Sequence[Pair], threshold: float) -> Mapping[str, Tally]:
    counts: dict[str, Tally] = defaultdict(lambda: (0, 0))
    for pair in pairs:
        flagged, all_of_them = counts[domain(pair[0])]
        counts[domain(pair[0])] = (flagged + (scores[pair] >= threshold), all_of_them + 1)
    return counts


def _drawn(groups: Sequence[Tally], chance: Random) -> float:
    """Return the share in one sample of as many domains, drawn with replacement."""
    sample = chance.choices(groups, k=len(groups))
    return 100 * sum(flagged for flagged, _ in sample) / sum(count for _, count in sample)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the weights: logistic regression that leans on what people know, by Newton's method.

What a rule ought to weigh is an opinion (beliefs.py); the data move it as far as they have
different domains to show for it. So a rule that few domains know is not thrown away, and one
large provider does not decide alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp

Rules = frozenset[str]
Tally = dict[Rules, list[float]]  # weight of servers, weight of lines, that show these rules

LEANING = 4.0  # how much data a belief is worth
_ROUNDS = 40
_LONGEST = 1.0  # step of a weight
_FREE = 0.01  # the intercept leans on nothing
_FAR = 30.0  # beyond it exp() is of no interest


def tally(examples: Iterable[tuple[Rules, bool, float]]) -> Tally:
    """Sum up examples (rules, is it a line, weight) that show the same rules."""
    found: Tally = {}
    for rules, is_line, weight in examples:
        found.setdefault(rules, [0.0, 0.0])[is_line] += weight
    return found


def fit(counts: Tally, beliefs: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Return what each rule weighs (log odds), and the intercept."""
    names = sorted(beliefs)
    place = {name: number for number, name in enumerate(names)}
    rows = [
        (sorted(place[rule] for rule in rules if rule in place), servers, lines)
        for rules, (servers, lines) in counts.items()
    ]
    prior = [beliefs[name] for name in names] + [0.0]
    now = list(prior)
    for _ in range(_ROUNDS):
        slope, bend = _derivatives(rows, now, prior)
        steps = _solve(bend, slope)
        # a whole step from far away would land farther away
        pace = min(1.0, _LONGEST / max(map(abs, steps)))
        now = [w - pace * step for w, step in zip(now, steps, strict=True)]
    return dict(zip(names, now, strict=False)), now[-1]


def _derivatives(
    rows: Sequence[tuple[list[int], float, float]], now: Sequence[float], prior: Sequence[float]
) -> tuple[list[float], list[list[float]]]:
    size, last = len(now), len(now) - 1
    lean = [LEANING] * last + [_FREE]
    slope = [k * (w - p) for k, w, p in zip(lean, now, prior, strict=True)]
    bend = [[lean[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
    for shown, servers, lines in rows:
        places = [*shown, last]
        total = max(-_FAR, min(_FAR, sum(now[p] for p in places)))
        chance = 1 / (1 + exp(-total))
        push = (servers + lines) * chance - lines
        curve = (servers + lines) * chance * (1 - chance)
        for one in places:
            slope[one] += push
            for other in places:
                bend[one][other] += curve
    return slope, bend


def _solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Solve a positive definite system by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for pivot, top in enumerate(rows):
        for row in rows[pivot + 1 :]:
            factor = row[pivot] / top[pivot]
            if factor:
                for column in range(pivot, len(row)):
                    row[column] -= factor * top[column]
    found = [0.0] * len(rows)
    for pivot in range(len(rows) - 1, -1, -1):
        row = rows[pivot]
        rest = sum(row[c] * found[c] for c in range(pivot + 1, len(rows)))
        found[pivot] = (row[-1] - rest) / row[pivot]
    return found

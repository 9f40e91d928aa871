# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the table of weights that ships, unless it would flag a known good server anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.accuracy.examples import Example, examples, rules_of
from bench.accuracy.sets import DATA, Pair, pairs
from bench.accuracy.validate import POINTS, Sets, Weights, found
from ptrgate.judge.dynamic import hits
from ptrgate.judge.terms import Naming
from ptrgate.judge.words import Point

FILE = Path(__file__).resolve().parents[2] / "src/ptrgate/judge/weights.py"
KNOWN_GOOD = "known-good.tsv"
_HEAD = '''# SPDX-License-Identifier: GPL-3.0-or-later
"""What each rule of evidence.py weighs. Written by ``python3 -m bench.accuracy --train``.

Log odds for a line, to hundredths: first where names that say "static", "business" or "server" are
spared (points "balanced" and "cautious"), then where they are not ("strict").
"""

from .words import Point

_BOTH = {
'''


def has_known_good() -> bool:
    """Tell whether the corpus is there."""
    return (DATA / KNOWN_GOOD).exists()


def known_good() -> list[Pair]:
    """Return the names of servers that no update may flag anew."""
    return [pair for pair, _ in pairs(KNOWN_GOOD)]


def train(sets: Sets) -> dict[Point, Weights]:
    """Find the weights of each operating point from all names."""
    strict, sparing = (found(list(examples(sets, strict=flag))) for flag in (True, False))
    return {point: strict if point is Point.STRICT else sparing for point in POINTS}


def newly_flagged(trained: Mapping[Point, Weights]) -> Iterator[tuple[Point, Pair]]:
    """Yield known good names that the new weights flag and today's do not, by point."""
    corpus = known_good()
    for point, weights in trained.items():
        today = hits(Naming(point), corpus)
        for pair in corpus:
            name = Example(pair, rules_of(pair), is_line=False, weight=0, fold=0)
            if pair not in today and weights.score(name) >= POINTS[point]:
                yield point, pair


def text(trained: Mapping[Point, Weights]) -> str:
    """Return the source of the table."""
    sparing, strict = trained[Point.BALANCED], trained[Point.STRICT]
    rows = "".join(
        f'    "{rule}": ({sparing.rules[rule]:.2f}, {strict.rules[rule]:.2f}),\n'
        for rule in sorted(sparing.rules)
    )
    limits = "".join(
        f"    Point.{point.name}: {POINTS[point] - weights.intercept:.2f},\n"
        for point, weights in trained.items()
    )
    return (
        f"{_HEAD}{rows}}}\n_SPARING = {{rule: both[0] for rule, both in _BOTH.items()}}\n"
        "WEIGHTS = {\n"
        "    Point.STRICT: {rule: both[1] for rule, both in _BOTH.items()},\n"
        "    Point.BALANCED: _SPARING,\n    Point.CAUTIOUS: _SPARING,\n}\n\n"
        f"# from this score on a name is a line's\nTHRESHOLDS = {{\n{limits}}}\n"
    )


def write_known_good(sets: Sets) -> None:
    """Write the corpus from the names that readers called servers'."""
    lines = sorted("\t".join(pair) + "\n" for pair in sets["ham S"])
    (DATA / KNOWN_GOOD).write_text("".join(lines), encoding="utf-8")

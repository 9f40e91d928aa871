# SPDX-License-Identifier: GPL-3.0-or-later
"""make accuracy: the figures of each operating point beside others', a picture, and the cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.accuracy import frontier, table
from bench.accuracy.cost import corpora
from bench.accuracy.cost_told import told
from bench.accuracy.honest import nested, spread
from bench.accuracy.peers import COLUMNS, peers
from bench.accuracy.sets import sets
from bench.accuracy.validate import POINTS, Scores, Sets, curve, figures, judges, tables
from ptrgate.judge.words import Point

PICTURE = Path(__file__).resolve().parents[2] / "docs/frontier.svg"
_WIDTH = 31

Shares = dict[str, float]


def _row(name: str, shares: dict[str, float]) -> str:
    return f"{name:{_WIDTH}}" + "".join(f"{shares[column]:>8.2f}" for column in COLUMNS)


def _print_table() -> int:
    found = sets()
    print(" " * _WIDTH + "".join(f"{column.split()[0]:>8}" for column in COLUMNS))
    print("% flagged".ljust(_WIDTH) + "".join(f"{c.partition(' ')[2][:7]:>8}" for c in COLUMNS))
    print("names".ljust(_WIDTH) + "".join(f"{len(found[column]):>8}" for column in COLUMNS))
    scores = tables(found)
    points = {f"PTRgate {point}": shares for point, shares in figures(found, scores)}
    for name, shares in (peers() | points | dict(_expected(found, scores))).items():
        print(_row(name, shares))
    curves = {
        "static and hosting names spared": curve(found, scores[False]),
        "not spared": curve(found, scores[True]),
    }
    PICTURE.write_text(frontier.draw(curves, peers(), points), encoding="utf-8")
    by_point = {point: list(corpora(judge)) for point, judge in judges(found).items()}
    print(*told(by_point), sep="\n")
    return 0


def _expected(sets: Sets, scores: Mapping[bool, Scores]) -> Iterator[tuple[str, Shares]]:
    """Yield what to expect of other domains: thresholds found without them, and chance."""
    for strict, point in ((True, Point.STRICT), (False, Point.BALANCED)):
        yield f"{point}, nested", nested(sets, strict=strict)
        low, high = spread(scores[strict], sets, POINTS[point])
        yield f"{point}, 1 sample in 20 below", low
        yield f"{point}, 1 sample in 20 above", high


def _train() -> int:
    found = sets()
    if not table.has_known_good():
        table.write_known_good(found)
    trained = table.train(found)
    refused = list(table.newly_flagged(trained))
    for point, pair in refused:
        print(f"{point} would newly flag a known good server: {' '.join(pair)}", file=sys.stderr)
    if refused:
        print("nothing was written", file=sys.stderr)
        return 1
    table.FILE.write_text(table.text(trained), encoding="utf-8")
    return 0


def main() -> int:
    """Measure, or find the weights anew."""
    parser = argparse.ArgumentParser(prog="python3 -m bench.accuracy", description=__doc__)
    parser.add_argument("--train", action="store_true", help="write src/ptrgate/judge/weights.py")
    return _train() if parser.parse_args().train else _print_table()


sys.exit(main())

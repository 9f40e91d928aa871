# SPDX-License-Identifier: GPL-3.0-or-later
"""make accuracy: the figures of each operating point beside others', and the picture of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.accuracy import frontier, table
from bench.accuracy.peers import COLUMNS, peers
from bench.accuracy.sets import sets
from bench.accuracy.validate import curve, figures

PICTURE = Path(__file__).resolve().parents[2] / "docs/frontier.svg"
_WIDTH = 31


def _row(name: str, shares: dict[str, float]) -> str:
    return f"{name:{_WIDTH}}" + "".join(f"{shares[column]:>8.2f}" for column in COLUMNS)


def _print_table() -> int:
    found = sets()
    print(" " * _WIDTH + "".join(f"{column.split()[0]:>8}" for column in COLUMNS))
    print("% flagged".ljust(_WIDTH) + "".join(f"{c.partition(' ')[2][:7]:>8}" for c in COLUMNS))
    print("names".ljust(_WIDTH) + "".join(f"{len(found[column]):>8}" for column in COLUMNS))
    points = {f"PTRgate {point}": shares for point, shares in figures(found)}
    for name, shares in (peers() | points).items():
        print(_row(name, shares))
    curves = {
        "static and hosting names spared": curve(found, strict=False),
        "not spared": curve(found, strict=True),
    }
    PICTURE.write_text(frontier.draw(curves, peers(), points), encoding="utf-8")
    return 0


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

# SPDX-License-Identifier: GPL-3.0-or-later
"""Feed hostile inputs: ``make fuzz``, or ``python3 -m bench.fuzz [TARGET ...]``.

Prints JSON: the seed and, a target, inputs and digest of their outcomes. ``--record`` also writes
it into recorded.json, whose first 20,000 inputs the unit tests repeat.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .run import TARGETS, one_input, run

RECORDED = Path(__file__).with_name("recorded.json")
COMMAND = "python3 -m bench.fuzz --record"


def main() -> int:
    """Run the targets that are named, or all."""
    parser = argparse.ArgumentParser(prog="bench.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many (a million)")
    parser.add_argument("--seed", type=int, default=1, help="which (1)")
    parser.add_argument("--record", action="store_true", help="write recorded.json")
    parser.add_argument("--show", type=int, metavar="N", help="print input N instead")
    given = parser.parse_args()
    targets = given.targets or list(TARGETS)
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"{', '.join(sorted(unknown))}: there is only {', '.join(TARGETS)}")
    if given.show is not None:
        for name in targets:
            print(repr(one_input(name, given.seed, given.show)))
        return 0
    sums = {name: run(name, given.seed, given.inputs) for name in targets}
    if given.record:
        _record(given.seed, sums)
    json.dump({"seed": given.seed, "targets": sums}, sys.stdout, indent=2)
    print()
    return 0


def recorded() -> dict[str, Any]:
    """Return what was recorded: ``seed``, and a sum for each of ``targets``."""
    known: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return known


def _record(seed: int, sums: dict[str, Any]) -> None:
    known = recorded() if RECORDED.exists() else {}
    targets = (known.get("targets", {}) if known.get("seed") == seed else {}) | sums
    ordered = {name: targets[name] for name in TARGETS if name in targets}
    whole = {"command": COMMAND, "seed": seed, "targets": ordered}
    RECORDED.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

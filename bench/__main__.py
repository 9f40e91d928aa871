# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure side by side, on the lab as it stands: none, Postfix's own check, an oracle, PTRgate.

python3 -m bench [--host H] [--rounds N] [--sessions N] [--at-once N] [--whole] [--short]
Writes build/bench.json and build/bench.svg; exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from bench import crowd, figures, passes, picture, strain
from bench.appliance import Appliance, crowded_dns, listeners
from bench.figures import KINDS, SETTINGS, TEMPERATURES, Trial
from lab.mail import ROOT, clear, inventory


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--host", default="mx-trixie", help="the appliance to measure")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sessions", type=int, default=400, help="sessions of one pass")
    parser.add_argument("--at-once", type=int, default=20, help="sessions open at a time")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), help="only these comparisons")
    parser.add_argument("--whole", action="store_true", help="all 65,536 clients after the burst")
    parser.add_argument("--short", action="store_true", help="3 rounds of 150, and no burst")
    given = parser.parse_args()
    if given.short:
        given.rounds, given.sessions = 3, 150
    return given


def rounds(appliance: Appliance, given: argparse.Namespace) -> Iterator[Trial]:
    """Yield every pass: each round takes clients that were never seen, in each setting's turn."""
    fresh = {kind: crowd.shuffled(kind) for kind in crowd.SHARES}
    for number in range(given.rounds):
        turn = number % len(SETTINGS)
        order = [*SETTINGS[turn:], *SETTINGS[:turn]]
        for kind in given.kinds:
            clients = sample(fresh, KINDS[kind][0], given.sessions)
            for setting in order:
                for temperature in TEMPERATURES:
                    measured = passes.run(
                        appliance,
                        setting,
                        clients,
                        message=KINDS[kind][1],
                        at_once=given.at_once,
                        cold=temperature == "cold",
                    )
                    say(number, kind, temperature, measured)
                    yield Trial(number, kind, temperature, measured)


def sample(fresh: dict[str, Iterator[str]], kinds: tuple[str, ...], size: int) -> list[str]:
    """Take new clients in the crowd's shares."""
    shares = {kind: share for kind, share in crowd.SHARES.items() if not kinds or kind in kinds}
    whole = sum(shares.values())
    taken = [list(islice(fresh[kind], size * share // whole)) for kind, share in shares.items()]
    mixed = [client for clients in taken for client in clients]
    random.Random(1).shuffle(mixed)  # noqa: S311 - an order, not a secret
    return mixed


def say(number: int, kind: str, temperature: str, measured: passes.Pass) -> None:
    """Print one pass as it ends."""
    cpu = "  ".join(f"{name} {value:.2f}" for name, value in measured.cpu.items())
    wrong = f"  wrong: {measured.wrong}" if measured.wrong else ""
    print(
        f"{number} {kind:<20} {temperature} {measured.setting:<8} {cpu}"
        f"  {measured.rate:.0f}/s p99 {measured.p99:.0f} ms{wrong}",
        flush=True,
    )


def show(rows: list[dict[str, Any]], trials: list[Trial], reached: list[figures.Target]) -> None:
    """Print medians, ratios and targets."""
    print("\nmedians: CPU milliseconds a session; greeting in ms; octets and questions a session")
    for row in rows:
        cpu = " ".join(f"{name} {value:5.2f}" for name, value in row["cpu"].items())
        print(
            f"{row['kind']:<20} {row['temperature']} {row['setting']:<8} {cpu}"
            f"  {row['rate']:4.0f}/s  p50 {row['p50']:4.0f} p99 {row['p99']:4.0f}"
            f"  {row['octets']:.0f} B  {row['questions']:.1f} q  wrong {row['wrong']}"
        )
    print("\nours, and an oracle's, by Postfix's own check: median (least-most) of rounds")
    for kind, temperature in dict.fromkeys((row["kind"], row["temperature"]) for row in rows):
        cpu_ratio = figures.ratio(trials, kind, temperature, figures.total)
        rate = figures.ratio(trials, kind, temperature, lambda measured: measured.rate)
        floor = figures.ratio(trials, kind, temperature, figures.total, "oracle")
        print(
            f"{kind:<20} {temperature}  CPU {cpu_ratio}, oracle {floor}  sessions a second {rate}"
        )
    print()
    for target in reached:
        bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g}"
        print(
            f"{'ok  ' if target.reached else 'MISS'} {target.what}: {target.figure:.3g} ({bound})"
        )


def machine() -> dict[str, Any]:
    """Say what was measured, on what."""
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line for line in lines if line.startswith("model name")), ": unknown")
    described = subprocess.run(commit, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "commit": described,
        "cpu": model.partition(":")[2].strip(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "date": time.strftime("%F %T %Z"),
    }


def main() -> int:
    """Measure, print, write."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was switched is switched back
    given, known = options(), inventory()
    address = known["_meta"]["hostvars"][given.host]["ansible_host"]
    domain = given.host.removeprefix("mx-") + ".example"
    appliance = Appliance(given.host, address, f"user@{domain}")
    found: dict[str, Any] = {"machine": machine(), "host": given.host, "asked": vars(given)}
    with crowded_dns(), listeners(appliance):
        trials = list(rounds(appliance, given))
        reached = figures.targets(trials) if set(given.kinds) == set(KINDS) else []
        if not given.short:
            found["strain"], further = strain.run(appliance, whole=given.whole)
            reached += further
    clear()
    rows = figures.table(trials)
    show(rows, trials, reached)
    found |= {
        "trials": [asdict(trial) for trial in trials],
        "medians": rows,
        "targets": [asdict(target) | {"reached": target.reached} for target in reached],
    }
    (ROOT / "build/bench.json").write_text(json.dumps(found, indent=1) + "\n")
    (ROOT / "build/bench.svg").write_text(picture.draw(rows))
    return not all(target.reached for target in reached)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What site.yml costs the controller: tasks, seconds and processor time, by the number of hosts.

python3 -m bench.fleet [--hosts 1 2 4] [--runs 2] [--forks N] [--strategy NAME]
Starts a lab with as many appliances as are asked for, both Debians in turn, deploys once, then runs
it unchanged so often. Writes build/fleet.json. Exit status 1 if one host's unchanged run is above
a target, 2 if a run failed or changed something. The lab stays as it is then: `make down`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from lab.mail import ROOT

MOST = 16  # addresses of the lab's network that nothing else has
TASKS, SECONDS, CPU = 60, 25.0, 0.1  # targets of an unchanged run of one host; CPU a task
FIRST = 41
KINDS = ("bookworm", "trixie")
OVERLAY = ROOT / "build/fleet/hosts.yml"  # as deep as inventory/lab, which names keys from there
PLAYBOOK = ROOT / ".venv/bin/ansible-playbook"
RECAP = re.compile(r"^(\S+) +: ok=(\d+) +changed=(\d+).* failed=(\d+) +skipped=(\d+)", re.MULTILINE)
UNREACHABLE = re.compile(r"unreachable=[1-9]")
TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how many hosts, of what kind, what it took; ``tasks`` ran on some host."""

    hosts: int
    kind: str
    tasks: int
    skipped: int
    changed: int
    seconds: float
    cpu: float
    load: float

    @property
    def cpu_a_task(self) -> float:
        """Processor seconds of the controller for one task on one host."""
        return self.cpu / (self.tasks * self.hosts)


class FailedRun(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """A run that failed: nothing is measured."""


def names(number: int) -> list[str]:
    """Return the names of so many appliances; the first two are those of every lab."""
    pairs = [f"mx-{kind}{'' if place < 1 else place + 1}" for place in range(8) for kind in KINDS]
    return pairs[:number]


def overlay(number: int) -> dict[str, object]:
    """Return an inventory that adds the appliances that a lab has not."""
    hosts = {
        name: {
            "ansible_host": f"203.0.113.{FIRST + place}",
            "lab_ipv6": f"2001:db8:0:100::{FIRST + place}",
            "lab_image": KINDS[place % len(KINDS)],
        }
        for place, name in enumerate(names(number))
    }
    # By default the keys lie beside the inventory that names a host, and here are two.
    keys = {"ptrgate_token_keys": f"0 {secrets.token_hex(32)}\n"}
    return {"ptrgate": {"hosts": hosts, "vars": keys}}


def counted(output: str, hosts: int, kind: str, cost: tuple[float, float, float]) -> Run:
    """Return the run that ansible-playbook told of; raises FailedRun."""
    rows = RECAP.findall(output)
    played = [row for row in rows if row[0] != "localhost"]
    if len(played) != hosts or any(row[3] != "0" for row in rows) or UNREACHABLE.search(output):
        raise FailedRun(output[-3000:])
    skipped, changed = (sum(int(row[at]) for row in played) for at in (4, 2))
    return Run(hosts, kind, len(TASK.findall(output)), skipped, changed, *cost)


def play(number: int, kind: str, given: argparse.Namespace) -> Run:
    """Run site.yml on the first ``number`` appliances and measure it."""
    command = [PLAYBOOK, *_inventories(), "--limit", ",".join([*names(number), "localhost"])]
    forks = str(given.forks or max(5, number))
    environment = os.environ | {"ANSIBLE_FORKS": forks, "ANSIBLE_STRATEGY": given.strategy}
    before, begun = _cpu(), time.monotonic()
    done = subprocess.run(
        [*command, "site.yml"], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    cost = time.monotonic() - begun, _cpu() - before, os.getloadavg()[0]
    return counted(done.stdout + done.stderr, number, kind, cost)


def _inventories() -> list[str | Path]:
    return ["-i", ROOT / "inventory/lab", "-i", OVERLAY]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(given: argparse.Namespace) -> Iterator[Run]:
    """Yield every run: each number of hosts, the first deployment of its new hosts, then again."""
    for number in sorted(given.hosts):
        yield play(number, "first", given)
        for _ in range(given.runs):
            yield play(number, "unchanged", given)


def main() -> int:
    """Measure, print, write, and compare with the targets."""
    parser = argparse.ArgumentParser(prog="bench.fleet", description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--forks", type=int, default=0, help="default: as many as hosts")
    parser.add_argument("--strategy", default="linear")
    given = parser.parse_args()
    if not 0 < max(given.hosts) <= MOST:
        parser.error(f"--hosts: 1 to {MOST}")
    OVERLAY.parent.mkdir(parents=True, exist_ok=True)
    OVERLAY.write_text(yaml.safe_dump(overlay(max(given.hosts))))
    subprocess.run([PLAYBOOK, *_inventories(), "lab/up.yml"], cwd=ROOT, check=True)
    runs = []
    try:
        for run in measured(given):
            runs.append(run)
            print(told(run), flush=True)
    except FailedRun as error:
        print(error, file=sys.stderr)
        return 2
    (ROOT / "build/fleet.json").write_text(json.dumps([asdict(run) for run in runs], indent=1))
    return status(runs)


def told(run: Run) -> str:
    """Return a run in a line."""
    return (
        f"{run.hosts:3} hosts {run.kind:<10}{run.tasks:4} tasks {run.seconds:7.1f} s"
        f" {run.cpu:7.1f} s CPU, {run.cpu_a_task:.3f} a task and host; load {run.load:.1f}"
    )


def status(runs: list[Run]) -> int:
    """Return 2 if an unchanged run changed something, 1 if one host's is above a target, else 0."""
    unchanged = [run for run in runs if run.kind == "unchanged"]
    if any(run.changed for run in unchanged):
        return 2
    alone = [run for run in unchanged if run.hosts == 1]
    over = [
        run for run in alone if run.tasks > TASKS or run.seconds > SECONDS or run.cpu_a_task > CPU
    ]
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())

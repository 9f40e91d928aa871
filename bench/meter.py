# SPDX-License-Identifier: GPL-3.0-or-later
"""The meter: processor time and memory of every service. Runs alone on the appliance.

``meter.py [settle] [forget ZONE...] [pss]`` writes JSON: unit -> ``{"cpu": seconds since its
processes began, "pss": octets if asked for}``, and ``questions`` that Unbound was asked. First it
waits for the queue to be empty (``settle``), or makes Unbound forget some zones (``forget``). The
clock of a process counts its threads, those that are gone too, in nanoseconds; what children that
are gone have used is their parent's, in hundredths.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of clock_getcpuclockid(3)
_TICK = os.sysconf("SC_CLK_TCK")
_CHILDREN = slice(13, 15)  # cutime and cstime, after the name (proc_pid_stat(5))
_UNIT = re.compile(r"([\w@\\.-]+\.service)")


def unit(process: Path) -> str:
    """Return the service that a process belongs to, or ""."""
    found = _UNIT.findall((process / "cgroup").read_text())
    return found[-1] if found else ""


def seconds(process: Path) -> float:
    """Return the processor time of a process and of its children that are gone."""
    own = time.clock_gettime((~int(process.name) << 3) | _PROCESS_CLOCK)
    words = (process / "stat").read_text().rpartition(")")[2].split()
    return own + sum(map(int, words[_CHILDREN])) / _TICK


def memory(process: Path) -> int:
    """Return the proportional set size: shared pages count by their share."""
    found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def settle(patience: float = 60.0) -> None:
    """Wait until what was accepted is delivered and what was done is logged."""
    end, queue = time.monotonic() + patience, Path("/var/spool/postfix")
    folders = [queue / name for name in ("maildrop", "incoming", "active")]
    while any(any(folder.iterdir()) for folder in folders) and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(0.3)


def unbound(*words: str) -> str:
    """Run unbound-control."""
    command = ["unbound-control", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def units(*, pss: bool) -> dict[str, dict[str, float]]:
    """Return what every unit has used; memory is read only if asked for, it takes longer."""
    sums: defaultdict[str, dict[str, float]] = defaultdict(lambda: {"cpu": 0.0, "pss": 0})
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            name = unit(process)
            sums[name]["cpu"] += seconds(process)
            if pss:
                sums[name]["pss"] += memory(process)
    return dict(sums)


def main(*wanted: str) -> None:
    """Do what the docstring of this file says."""
    if "settle" in wanted:
        settle()
    for zone in wanted:
        if zone.endswith("."):
            unbound("-q", "flush_zone", zone)
    stats = dict(line.split("=", 1) for line in unbound("stats_noreset").splitlines())
    found = {"units": units(pss="pss" in wanted), "questions": int(stats["total.num.queries"])}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])

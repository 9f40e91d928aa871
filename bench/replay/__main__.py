# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates logs of a stated mix, replays each, and prints lines a second and memory.

python3 -m bench.replay [--sessions 400000] [--keep DIR]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.replay.maillog import FORMS, Maillog

SRC = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True)
class Run:
    """One replay: processor seconds of its process, and the most memory it held in MiB."""

    found: dict[str, int]
    lines: int
    seconds: float
    memory: float


def replayed(path: Path) -> Run:
    """Replay one file in a process of its own."""
    command = [sys.executable, "-m", "ptrgate", "replay", "--json", str(path)]
    env = os.environ | {"PYTHONPATH": str(SRC)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as running:
        assert running.stdout  # noqa: S101 - it is a pipe
        told = json.load(running.stdout)
        _, _, used = os.wait4(running.pid, 0)
        running.returncode = 0
    found: dict[str, int] = {}
    for row in told["outcomes"][0]:
        found[row["finding"]] = found.get(row["finding"], 0) + row["sessions"]
    return Run(found, told["lines"], used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _written(log: Maillog, path: Path) -> Iterator[Path]:
    """Write a log, plain and packed."""
    packed = path.with_suffix(".gz")
    with path.open("wb") as file, gzip.open(packed, "wb", compresslevel=1) as small:
        for line in log.lines():
            file.write(line + b"\n")
            small.write(line + b"\n")
    yield path
    yield packed


def _measure(directory: Path, sessions: int) -> int:
    wrong = 0
    print(f"{'log':<14}{'MB':>8}{'lines':>12}{'lines/s':>10}{'MiB':>8}  counts")
    for form in FORMS:
        log = Maillog(sessions, form=form)
        for path in _written(log, directory / f"{form}.log"):
            run = replayed(path)
            is_right = run.found == dict(log.counted)
            wrong += not is_right
            size = path.stat().st_size / 1e6
            row = f"{size:>8.0f}{run.lines:>12,}{run.lines / run.seconds:>10,.0f}{run.memory:>8.0f}"
            print(f"{path.name:<14}{row}  {'right' if is_right else 'WRONG'}", flush=True)
    return wrong


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python3 -m bench.replay", description=__doc__)
    parser.add_argument("--sessions", type=int, default=400_000)
    parser.add_argument("--keep", type=Path, help="keep the logs there")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return _measure(options.keep, options.sessions)
    with tempfile.TemporaryDirectory() as directory:
        return _measure(Path(directory), options.sessions)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which releases this host ran, one after the other, and where "back" leads."""

import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

FILE = "history"
_MOST = 50  # steps that are remembered
_FEWEST = 2  # releases: the one in use and the one before


class Why(StrEnum):
    """Why a release came into use."""

    FORWARD = "forward"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Step:
    """A release that came into use at ``at``, seconds since the epoch."""

    release: str
    why: Why = Why.FORWARD
    at: int = 0


def read(root: Path) -> tuple[Step, ...]:
    """Return the steps, the oldest first; a line that cannot be read is left out."""
    file = root / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return tuple(step for line in lines if (step := _step(line)))


def _step(line: str) -> Step | None:
    try:
        row = json.loads(line)
        return Step(str(row["release"]), Why(row["why"]), int(row["at"]))
    except (ValueError, TypeError, KeyError):
        return None


def note(root: Path, before: str, release: str, why: Why) -> None:
    """Write down that ``release`` is in use now instead of ``before`` (empty: of none)."""
    steps = [*standing(read(root), before), Step(release, why, int(time.time()))]
    lines = [json.dumps(asdict(step)) + "\n" for step in steps[-_MOST:]]
    new = root / f".{FILE}.new"
    with new.open("w", encoding="utf-8") as stream:
        stream.writelines(lines)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(root / FILE)


def standing(steps: Sequence[Step], current: str) -> tuple[Step, ...]:
    """Return the steps, the last one being ``current``, however it came into use."""
    if not current or (steps and steps[-1].release == current):
        return tuple(steps)
    return (*steps, Step(current))


def previous(steps: Sequence[Step], current: str) -> str:
    """Return the release that "back" leads to; nothing if none was before, or it was gone back.

    Back is one step and not a ladder: said twice, on a host or on half a fleet, it is the same as
    said once. Further back leads only a release's name.
    """
    known = standing(steps, current)
    if len(known) < _FEWEST or known[-1].why is Why.BACK:
        return ""
    return known[-2].release


def gone_back(steps: Sequence[Step], current: str) -> Step | None:
    """Return the step back that led to ``current``, if the last one was one."""
    known = standing(steps, current)
    return known[-1] if known and known[-1].why is Why.BACK else None


def stale(made: Mapping[str, float], steps: Iterable[Step], current: str, keep: int) -> list[str]:
    """Return which releases may go: beyond ``keep``, those whose use or making is longest ago.

    ``made`` is when each one that lies there was made, seconds since the epoch. The one in use and
    the one before it always stay.
    """
    known = standing(tuple(steps), current)
    used = dict(made) | {step.release: step.at for step in known if step.at}
    before = known[-2].release if len(known) >= _FEWEST else ""
    last = {current: 2, before: 1}
    order = sorted(made, key=lambda name: (last.get(name, 0), max(made[name], used[name])))
    return order[: max(len(order) - max(keep, _FEWEST), 0)]


def prune(root: Path, current: str, keep: int) -> None:
    """Remove the releases of this host that are stale."""
    made = {place.name: place.stat().st_mtime for place in (root / "releases").iterdir()}
    for name in stale(made, read(root), current, keep):
        shutil.rmtree(root / "releases" / name)

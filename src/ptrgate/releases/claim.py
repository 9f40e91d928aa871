# SPDX-License-Identifier: GPL-3.0-or-later
"""One rollout at a time: whoever begins one leaves a word on every host."""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..shared.timed import moment, plain
from .host import Refused

FILE = "rollout.lock"
UNLOCK = "ansible-playbook playbooks/unlock.yml"


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose rollout it is, which one, and since when: seconds since the epoch."""

    run: str
    owner: str
    since: int

    def __str__(self) -> str:
        """Return the words for whoever finds it, on one line."""
        return f"of {plain(self.owner)}, begun at {moment(self.since)}"


def held(root: Path) -> Claim | None:
    """Return the claim that holds this host; None if there is none."""
    try:
        row = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Claim(str(row["run"]), str(row["owner"]), int(row["since"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return Claim("", "somebody", 0)


def take(root: Path, run: str, owner: str) -> Claim:
    """Claim this host for a rollout; the same one may do so again. Raises Refused."""
    wanted = Claim(run, owner, int(time.time()))
    with suppress(FileExistsError):
        descriptor = os.open(root / FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(wanted)))
        return wanted
    there = held(root)
    if there is not None and there.run == run:
        return there
    minutes = (wanted.since - there.since) // 60 if there else 0
    raise Refused(
        f"this host is held by a rollout {there}, {minutes} minutes ago. Does it still run? Then"
        f" wait for it. Did it die? Then its lock goes with: {UNLOCK}"
    )


def drop(root: Path, run: str = "") -> bool:
    """Give the host free, if it is this run's (empty: anybody's); tell whether it was held."""
    there = held(root)
    if there is None or (run and there.run != run):
        return False
    (root / FILE).unlink(missing_ok=True)
    return True

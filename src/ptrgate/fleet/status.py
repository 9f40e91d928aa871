# SPDX-License-Identifier: GPL-3.0-or-later
"""How the sharing stands, as one small file for whoever tells it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..shared.amending import put

FILE = Path("/run/ptrgate-share/status.json")


@dataclass(frozen=True, slots=True)
class Status:
    """When it was written and when host and store were last in step (Unix time; 0: never).

    ``strange``: how often the store held what nobody of the fleet had written.
    """

    at: float
    connected: bool
    synced: float = 0.0
    strange: int = 0


def read(file: Path) -> Status | None:
    """Return how it stands; None if nothing is shared, or it cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        known = json.loads(file.read_text(encoding="utf-8"))
        return Status(
            float(known["at"]),
            bool(known["connected"]),
            float(known["synced"]),
            int(known["strange"]),
        )
    return None


def write(file: Path, status: Status) -> None:
    """Put a status in the place of the last one; raises OSError."""
    put(file, json.dumps(asdict(status)) + "\n")

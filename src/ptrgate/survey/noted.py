# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey found, as one small file for whoever tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..shared.amending import put
from .certificates import Shown
from .queue import Queue

FILE = Path("/run/ptrgate-survey/survey.json")


@dataclass(frozen=True, slots=True)
class Survey:
    """When it was made (Unix time); the queue, or why it could not be seen; the certificates.

    ``looked`` is when the certificates were looked at, which is not done every time.
    """

    at: float
    queue: Queue | None = None
    trouble: str = ""
    looked: float = 0.0
    certificates: tuple[Shown, ...] = ()


def read(file: Path) -> Survey | None:
    """Return the last survey; None if there is none, or none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        return _survey(json.loads(file.read_text(encoding="utf-8")))
    return None


def write(file: Path, survey: Survey) -> None:
    """Put a survey in the place of the last one; raises OSError."""
    put(file, json.dumps(asdict(survey), indent=1) + "\n")


def _survey(data: Mapping[str, Any]) -> Survey:
    queue = data["queue"]
    return Survey(
        at=float(data["at"]),
        queue=Queue(**queue) if queue else None,
        trouble=str(data["trouble"]),
        looked=float(data["looked"]),
        certificates=tuple(Shown(**one) for one in data["certificates"]),
    )

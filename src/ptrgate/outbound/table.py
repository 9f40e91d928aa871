# SPDX-License-Identifier: GPL-3.0-or-later
"""The one line that says how mail leaves: outbound.pcre, which Postfix reads.

``/^/`` matches the null sender too, which Postfix looks up as ``<>``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..shared.amending import put
from ..shared.timed import moment
from .gate import Override, Rung

TRANSPORTS = {
    Rung.DIRECT: "internet:",
    Rung.IPV4: "internet4:",
    Rung.IPV6: "internet6:",
    Rung.SMARTHOST: "smarthost:",
    Rung.HOLD: "hold:",
}


UNTIL = re.compile(r"# by override, until (\d+) = ")


def line(rung: Rung, smarthost: str, override: Override | None = None) -> str:
    """Return the table for a rung; the smarthost's next hop stands in the line itself.

    The end of an override stands above it, for the day when gate.json cannot be read.
    """
    next_hop = smarthost if rung == Rung.SMARTHOST else ""
    until = (
        f"# by override, until {override.until} = {moment(override.until)}\n" if override else ""
    )
    return f"{until}/^/ {TRANSPORTS[rung]}{next_hop}\n"


def overwrite(path: Path, text: str) -> None:
    """Put a text into the table, over the old one where no new file can be made (a full disk)."""
    try:
        put(path, text, mode=0o644)
    except OSError:
        with path.open("r+", encoding="utf-8") as file:
            file.write(text)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())


def is_over(path: Path, now: float) -> bool:
    """Tell whether the table is that of an override whose end has come."""
    try:
        until = UNTIL.match(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    return until is not None and now >= int(until[1])


def differs(path: Path, wanted: str) -> bool:
    """Tell whether Postfix would read something else than ``wanted``."""
    try:
        return path.read_text(encoding="utf-8") != wanted
    except (FileNotFoundError, UnicodeDecodeError):
        return True

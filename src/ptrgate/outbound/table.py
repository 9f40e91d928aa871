# SPDX-License-Identifier: GPL-3.0-or-later
"""The one line that says how mail leaves: outbound.pcre, which Postfix reads.

``/^/`` matches the null sender too, which Postfix looks up as ``<>``.
"""

from __future__ import annotations

from pathlib import Path

from .gate import Rung

TRANSPORTS = {
    Rung.DIRECT: "internet:",
    Rung.IPV4: "internet4:",
    Rung.IPV6: "internet6:",
    Rung.SMARTHOST: "smarthost:",
    Rung.HOLD: "hold:",
}


def line(rung: Rung, smarthost: str) -> str:
    """Return the table for a rung; the smarthost's next hop stands in the line itself."""
    next_hop = smarthost if rung == Rung.SMARTHOST else ""
    return f"/^/ {TRANSPORTS[rung]}{next_hop}\n"


def differs(path: Path, wanted: str) -> bool:
    """Tell whether Postfix would read something else than ``wanted``."""
    try:
        return path.read_text(encoding="utf-8") != wanted
    except (FileNotFoundError, UnicodeDecodeError):
        return True

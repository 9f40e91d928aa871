# SPDX-License-Identifier: GPL-3.0-or-later
"""One row of a proof as an operator reads it: what is wrong, who must act, what to forward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def told(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines; rows of an older gate.json lack the letter and the advice."""
    yield f"{row['address']}: {row['title']}"
    yield f"  {row['meaning']}"
    if row["verdict"] == "unknown":
        yield f"  Reason: {row['reason']}"
    if row["verdict"] != "pass":
        yield f"  Who must act: {row['who']}"
        yield f"  What to ask for: {row['ask']}"
    for advice in row.get("advice", ()):
        yield f"  Advice: {advice['text']}"
    if letter := row.get("letter"):
        yield "  To forward:"
        yield from (f"  | {line}" for line in letter.splitlines())

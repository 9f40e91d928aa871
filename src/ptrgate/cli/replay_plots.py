# SPDX-License-Identifier: GPL-3.0-or-later
"""The plots of a replay's page."""

from collections.abc import Mapping, Sequence

from ..logs.report import ACTIONS, Facts
from . import plots
from .replay_text import shown, word

_COLOURS = {"refuse": "#e45756", "defer": "#f2a541", "unknown": "#9d9da1", "let in": plots.OTHER}
_MOST = 20  # bars of organisations


def findings(rows: Sequence[Facts]) -> str:
    """Return a bar for each finding: sessions, coloured by what is done."""
    bars: dict[str, list[tuple[str, int]]] = {}
    for row in rows:  # in the order of findings
        bars.setdefault(word(row["finding"]), []).append((word(row["action"]), row["sessions"]))
    return plots.bars("sessions by finding", bars, _COLOURS)


def organisations(rows: Sequence[Facts]) -> str:
    """Return a bar for each of the first organisations: messages that had arrived."""
    bars = {
        shown(row["name"]): [
            (word(action), row["then"].get(action, {}).get("messages", 0)) for action in ACTIONS
        ]
        for row in rows[:_MOST]
    }
    return plots.bars("messages that had arrived, by organisation", bars, _COLOURS)


def days(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return sessions and messages of each day as two lines of columns."""
    most = max((day["sessions"] for day in counts.values()), default=0) or 1
    wide = (plots.LEFT + plots.WIDTH) / max(1, len(counts))
    bottom = plots.TOP + plots.HEIGHT
    title = f"sessions a day, at most {most:,}; messages that arrived, darker"
    parts = [plots.words(0, 14, title)]
    for place, (day, both) in enumerate(counts.items()):
        for what, colour in (("sessions", "#a6c3e0"), ("messages", "#27496d")):
            high = min(1.0, both[what] / most) * plots.HEIGHT
            x, y, said = place * wide, bottom - high, f"{shown(day)}: {both[what]:,} {what}"
            parts.append(plots.rectangle(x, y, max(1.0, wide - 1), high, colour, said))
    ends = list(counts)
    if ends:
        parts.append(plots.words(0, bottom + 16, shown(ends[0])))
        parts.append(plots.words(plots.LEFT + plots.WIDTH, bottom + 16, shown(ends[-1]), "end"))
    return plots.svg(parts, bottom + 24)

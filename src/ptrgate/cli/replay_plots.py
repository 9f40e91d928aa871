# SPDX-License-Identifier: GPL-3.0-or-later
"""The plots of a replay's page: SVG by hand, for bars need no library."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..logs.report import ACTIONS, Facts
from .replay_text import shown, word

_COLOURS = {"refuse": "#e45756", "defer": "#f2a541", "open": "#9d9da1"}
_OTHER = "#4c78a8"  # who would be let in
_LEFT, _WIDTH, _BAR, _TOP = 210, 560, 22, 30
_HEIGHT = 140
_MOST = 20  # bars of organisations


def findings(rows: Sequence[Facts]) -> str:
    """Return a bar for each finding: sessions, coloured by what is done."""
    bars: dict[str, list[tuple[str, int]]] = {}
    for row in rows:  # in the order of findings
        bars.setdefault(word(row["finding"]), []).append((row["action"], row["sessions"]))
    return _bars("sessions by finding", bars)


def organisations(rows: Sequence[Facts]) -> str:
    """Return a bar for each of the first organisations: messages that had arrived."""
    bars = {
        shown(row["name"]): [
            (action, row["then"].get(action, {}).get("messages", 0)) for action in ACTIONS
        ]
        for row in rows[:_MOST]
    }
    return _bars("messages that had arrived, by organisation", bars)


def days(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return sessions and messages of each day as two lines of columns."""
    most = max((day["sessions"] for day in counts.values()), default=0) or 1
    wide = (_LEFT + _WIDTH) / max(1, len(counts))
    parts = [_words(0, 14, f"sessions a day, at most {most:,}; messages that arrived, darker")]
    for place, (day, both) in enumerate(counts.items()):
        for what, colour in (("sessions", "#a6c3e0"), ("messages", "#27496d")):
            high = min(1.0, both[what] / most) * _HEIGHT
            at = f'x="{place * wide:.1f}" y="{_TOP + _HEIGHT - high:.1f}"'
            title = f"<title>{escape(shown(day))}: {both[what]:,} {what}</title>"
            parts.append(_rect(at, max(1.0, wide - 1), high, colour, title))
    ends = list(counts)
    if ends:
        parts.append(_words(0, _TOP + _HEIGHT + 16, shown(ends[0])))
        parts.append(_words(_LEFT + _WIDTH, _TOP + _HEIGHT + 16, shown(ends[-1]), "end"))
    return _svg(parts, _TOP + _HEIGHT + 24)


def _bars(title: str, bars: Mapping[str, Sequence[tuple[str, int]]]) -> str:
    most = max((sum(n for _, n in parts) for parts in bars.values()), default=0) or 1
    drawn = [_words(0, 14, title), *_legend()]
    for place, (name, parts) in enumerate(bars.items()):
        drawn += _bar(_TOP + place * _BAR, name, parts, most)
    return _svg(drawn, _TOP + len(bars) * _BAR + 6)


def _legend() -> Iterator[str]:
    names = {word(action): _COLOURS[action] for action in ACTIONS} | {"let in": _OTHER}
    for place, (name, colour) in enumerate(names.items()):
        x = _LEFT + 200 + place * 95
        yield _rect(f'x="{x}" y="4"', 12, 12, colour)
        yield _words(x + 16, 14, name)


def _bar(y: int, name: str, parts: Sequence[tuple[str, int]], most: int) -> Iterator[str]:
    yield _words(_LEFT - 8, y + 14, name, "end")
    x = float(_LEFT)
    for action, count in parts:
        width = count / most * (_WIDTH - 90)
        yield _rect(f'x="{x:.1f}" y="{y + 2}"', width, _BAR - 5, _COLOURS.get(action, _OTHER))
        x += width
    yield _words(x + 6, y + 14, f"{sum(count for _, count in parts):,}")


def _rect(at: str, width: float, height: float, colour: str, inside: str = "") -> str:
    size = f'width="{width:.1f}" height="{height:.1f}" fill="{colour}"'
    return f"<rect {at} {size}>{inside}</rect>"


def _words(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], height: int) -> str:
    box = f'viewBox="0 0 {_LEFT + _WIDTH} {height}" width="{_LEFT + _WIDTH}" height="{height}"'
    return f'<svg {box} role="img" font-family="sans-serif" font-size="12">{"".join(parts)}</svg>'

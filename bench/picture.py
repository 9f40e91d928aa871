# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture: one bar for each kind, temperature and setting, stacked by process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from bench.passes import TOTAL

COLOURS = dict(zip(TOTAL, ("#4c78a8", "#e45756", "#f2a541", "#72b7b2"), strict=True))
NAMES = {
    "none": "no policy",
    "postfix": "Postfix's check",
    "oracle": "an oracle",
    "ptrgate": "PTRgate",
}
_LEFT, _WIDTH, _BAR, _GAP, _TOP = 250, 620, 16, 14, 50


def draw(rows: Sequence[dict[str, Any]]) -> str:
    """Return an SVG of CPU milliseconds a session."""
    most = max(row["cpu"]["total"] for row in rows)
    parts = [*_legend(), *_bars(rows, _WIDTH / most)]
    height = _TOP + len(rows) * _BAR + len(rows) // len(NAMES) * _GAP + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 60} {height}"'
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _legend() -> Iterator[str]:
    yield _text(10, 18, "CPU milliseconds a session, medians")
    for place, (name, colour) in enumerate(COLOURS.items()):
        x = _LEFT + place * 110
        yield f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>'
        yield _text(x + 17, 18, name)


def _bars(rows: Sequence[dict[str, Any]], scale: float) -> Iterator[str]:
    y, before = _TOP - _GAP, None
    for row in rows:
        group = (row["kind"], row["temperature"])
        if group != before:
            y, before = y + _GAP, group
            yield _text(10, y + 12, f"{group[0]}, {group[1]}")
        yield _text(_LEFT - 8, y + 12, NAMES[row["setting"]], "end")
        x = float(_LEFT)
        for name, colour in COLOURS.items():
            width = max(row["cpu"][name], 0) * scale
            yield f'<rect x="{x:.1f}" y="{y + 1}" width="{width:.1f}" height="13" fill="{colour}"/>'
            x += width
        yield _text(round(x) + 5, y + 12, f"{row['cpu']['total']:.2f}")
        y += _BAR


def _text(x: int, y: int, words: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'

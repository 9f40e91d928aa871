# SPDX-License-Identifier: GPL-3.0-or-later
"""Plots for pages: SVG by hand, for bars and columns need no library."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

LEFT, WIDTH, BAR, TOP = 210, 560, 22, 30
HEIGHT = 140
OTHER = "#4c78a8"
_LETTER = 7  # width of one, about
_BOX = 12

# For pages: the browser's own colours, light or dark as its user has them.
STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: CanvasText; background: Canvas }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .15rem .7rem;
  text-align: right; border-bottom: 1px solid #8886 } th:first-child, td:first-child,
  td.left, th.left { text-align: left; overflow-wrap: anywhere }
svg { max-width: 100%; height: auto } svg text { fill: currentColor }
.note { opacity: .75 } .wide { overflow-x: auto }
"""

Parts = Sequence[tuple[str, int]]  # what, how many


def head(title: str) -> str:
    """Return how a page begins; nothing in it can fetch or run anything, whatever comes."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n"
    )


def bars(title: str, rows: Mapping[str, Parts], colours: Mapping[str, str]) -> str:
    """Return a bar for each row, made of coloured parts; the longest takes all the room."""
    most = max((sum(n for _, n in parts) for parts in rows.values()), default=0) or 1
    drawn = [words(0, 14, title), *legend(colours, LEFT + 200)]
    for place, (name, parts) in enumerate(rows.items()):
        drawn += _bar(TOP + place * BAR, name, parts, most, colours)
    return svg(drawn, TOP + len(rows) * BAR + 6)


def _bar(y: int, name: str, parts: Parts, most: int, colours: Mapping[str, str]) -> Iterator[str]:
    yield words(LEFT - 8, y + 14, name, "end")
    x = float(LEFT)
    for what, count in parts:
        width = count / most * (WIDTH - 90)
        yield rectangle(x, y + 2, width, BAR - 5, colours.get(what, OTHER), f"{what}: {count:,}")
        x += width
    yield words(x + 6, y + 14, f"{sum(count for _, count in parts):,}")


def columns(title: str, rows: Mapping[str, Parts], colours: Mapping[str, str]) -> str:
    """Return a column for each row, made of coloured parts, the first at the bottom."""
    most = max((sum(n for _, n in parts) for parts in rows.values()), default=0) or 1
    wide = (LEFT + WIDTH) / max(1, len(rows))
    drawn = [words(0, 14, f"{title}, at most {most:,}"), *legend(colours, LEFT + 60)]
    for place, (name, parts) in enumerate(rows.items()):
        y = float(TOP + HEIGHT)
        for what, count in parts:
            high = count / most * HEIGHT
            y -= high
            said = f"{name}: {count:,} {what}"
            drawn.append(
                rectangle(place * wide, y, max(1.0, wide - 2), high, colours.get(what, OTHER), said)
            )
    ends = list(rows)
    if ends:
        drawn.append(words(0, TOP + HEIGHT + 16, ends[0]))
        drawn.append(words(LEFT + WIDTH, TOP + HEIGHT + 16, ends[-1], "end"))
    return svg(drawn, TOP + HEIGHT + 24)


def legend(colours: Mapping[str, str], x: float) -> Iterator[str]:
    """Yield a coloured box and its name for each colour, from left to right."""
    for name, colour in colours.items():
        yield rectangle(x, 4, _BOX, _BOX, colour)
        yield words(x + 16, 14, name)
        x += 30 + _LETTER * len(name)


def rectangle(
    x: float, y: float, width: float, height: float, colour: str, said: str = ""
) -> str:  # fmt: skip
    """Return a rectangle; ``said`` is shown when one points at it."""
    inside = f"<title>{escape(said)}</title>" if said else ""
    size = f'width="{width:.1f}" height="{height:.1f}" fill="{colour}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size}>{inside}</rect>'


def words(x: float, y: float, text: str, anchor: str = "start") -> str:
    """Return words at a place, escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def svg(parts: Sequence[str], height: int) -> str:
    """Return the picture of these parts."""
    box = f'viewBox="0 0 {LEFT + WIDTH} {height}" width="{LEFT + WIDTH}" height="{height}"'
    return f'<svg {box} role="img" font-family="sans-serif" font-size="12">{"".join(parts)}</svg>'

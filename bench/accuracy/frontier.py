# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture: what is caught against what it costs, as curves, with everybody else on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

Shares = Mapping[str, float]

_CAUGHT = "spam 2007"
_PANELS = (("ham S", "servers flagged by mistake (S)", 4.0), ("ham G", "generic names (G)", 100.0))
_COLOURS = ("#4c78a8", "#e45756")
_LEFT, _TOP, _WIDTH, _HEIGHT, _GAP = 60, 50, 400, 360, 80
_LEAST, _MOST = 40.0, 100.0  # percent caught that are shown


def draw(
    curves: Mapping[str, Sequence[Shares]],
    peers: Mapping[str, Shares],
    points: Mapping[str, Shares],
) -> str:
    """Return an SVG with one panel for mistakes and one for generic names."""
    parts = list(_legend(curves))
    for number, (cost, words, most) in enumerate(_PANELS):
        panel = _Panel(_LEFT + number * (_WIDTH + _GAP), cost, most)
        parts += [*panel.frame(words), *panel.curves(list(curves.values()))]
        parts += [*panel.marks(peers, "#555"), *panel.marks(points, "#000")]
    size = f"{_LEFT + 2 * (_WIDTH + _GAP)} {_TOP + _HEIGHT + 60}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif"'
        ' font-size="11"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#000") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {at}>{escape(words)}</text>"


def _legend(names: Mapping[str, object]) -> Iterator[str]:
    yield _text(_LEFT, 16, "PTRgate by cross-validation over registered domains; others as points")
    for place, (name, colour) in enumerate(zip(names, _COLOURS, strict=True)):
        x = _LEFT + place * 240
        yield f'<rect x="{x}" y="26" width="14" height="4" fill="{colour}"/>'
        yield _text(x + 20, 32, name)


class _Panel:
    """One diagram: the share of a set of good names across, of spam upwards."""

    def __init__(self, left: float, cost: str, most: float) -> None:
        self.left, self.cost, self.most = left, cost, most

    def _place(self, shares: Shares) -> tuple[float, float]:
        across = (min(shares[self.cost], self.most) / self.most) ** 0.5  # room for what is small
        up = (max(shares[_CAUGHT], _LEAST) - _LEAST) / (_MOST - _LEAST)
        return self.left + across * _WIDTH, _TOP + (1 - up) * _HEIGHT

    def frame(self, words: str) -> Iterator[str]:
        """Draw the axes."""
        yield (
            f'<rect x="{self.left}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}" fill="none"'
            ' stroke="#999"/>'
        )
        for part in (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0):
            x = self.left + part**0.5 * _WIDTH
            yield _text(x, _TOP + _HEIGHT + 14, f"{part * self.most:g}", "middle")
        for caught in range(40, 100, 10):
            _, y = self._place({self.cost: 0.0, _CAUGHT: float(caught)})
            yield _text(self.left - 6, y + 4, str(caught), "end")
        yield _text(self.left + _WIDTH / 2, _TOP + _HEIGHT + 32, f"% of {words}", "middle")
        yield _text(self.left, _TOP - 6, f"% of {_CAUGHT}")

    def curves(self, curves: Sequence[Sequence[Shares]]) -> Iterator[str]:
        """Draw what is reached at every threshold."""
        for curve, colour in zip(curves, _COLOURS, strict=True):
            shown = [s for s in curve if s[self.cost] <= self.most and s[_CAUGHT] >= _LEAST]
            places = " ".join("{:.1f},{:.1f}".format(*self._place(shares)) for shares in shown)
            yield f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'

    def marks(self, named: Mapping[str, Shares], colour: str) -> Iterator[str]:
        """Mark those who have one figure, with their names."""
        for name, shares in named.items():
            x, y = self._place(shares)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            is_right = x > self.left + _WIDTH * 0.7
            shift, anchor = (-6, "end") if is_right else (6, "start")
            yield _text(x + shift, y + 4, name, anchor, colour)

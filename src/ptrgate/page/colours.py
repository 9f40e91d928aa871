# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours that can be read: the contrast of WCAG 2, computed and not guessed."""

from __future__ import annotations

import re

READABLE = 4.5  # WCAG 2.1, 1.4.3
LIGHT_GROUND = "#ffffff"
DARK_GROUND = "#1b2129"

_LINEAR_UP_TO = 0.04045  # WCAG 2.1, relative luminance
_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)


def is_colour(text: str) -> bool:
    """Tell whether ``text`` is a colour as ``#rrggbb``, the only form taken."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as ``#rrggbb``: 1.0 (none) to 21.0 (black on white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_UP_TO else float(((part + 0.055) / 1.055) ** 2.4)

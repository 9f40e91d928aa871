# SPDX-License-Identifier: GPL-3.0-or-later
"""What each rule of evidence.py weighs. Written by ``python3 -m bench.accuracy --train``.

Log odds for a line, to hundredths: first where names that say "static", "business" or "server" are
spared (points "balanced" and "cautious"), then where they are not ("strict").
"""

from .words import Point

_BOTH = {
    "address.hex": (3.26, 3.24),
    "address.hexpair": (2.11, 2.11),
    "address.hexpair.access": (2.66, 2.64),
    "address.joined": (1.20, 1.23),
    "address.joined.access": (2.02, 2.01),
    "address.last": (2.08, 2.24),
    "address.last.access": (1.09, 1.01),
    "address.other": (1.39, 1.57),
    "address.other.access": (1.00, 1.00),
    "address.padded": (0.58, 0.62),
    "address.padded.access": (0.54, 0.53),
    "address.run": (3.69, 3.67),
    "address.six": (3.10, 3.09),
    "address.three": (3.29, 3.32),
    "address.two": (3.19, 3.45),
    "address.two.access": (2.32, 2.26),
    "address.whole": (3.61, 4.91),
    "domain.fixed": (-4.44, -3.34),
    "domain.hosted": (-0.18, -0.02),
    "domain.line": (1.67, 1.74),
    "domain.mail": (-1.17, -1.15),
    "domain.provider": (0.69, 0.70),
    "idiom.exchange": (4.19, 4.18),
    "idiom.exchange.access": (4.00, 4.00),
    "idiom.mac": (3.05, 3.04),
    "idiom.mac.access": (3.09, 3.09),
    "idiom.serial": (0.59, 0.74),
    "idiom.serial.access": (1.55, 1.54),
    "idiom.serial.deep": (1.87, 1.90),
    "placeholder": (5.15, 5.15),
    "school": (-1.73, -1.80),
    "word.customer": (2.87, 2.98),
    "word.customer.alone": (0.77, 0.76),
    "word.dynamic": (4.28, 4.24),
    "word.dynamic.alone": (4.06, 4.06),
    "word.fixed": (-5.05, -0.28),
    "word.hosted": (-3.73, -1.02),
    "word.line": (3.79, 4.46),
    "word.line.alone": (4.12, 4.12),
    "word.mail": (-5.88, -5.97),
    "word.mobile": (2.55, 2.54),
    "word.mobile.alone": (0.19, 0.19),
    "word.plain": (0.66, 0.74),
    "word.service": (-2.80, -2.83),
}
_SPARING = {rule: both[0] for rule, both in _BOTH.items()}
WEIGHTS = {
    Point.STRICT: {rule: both[1] for rule, both in _BOTH.items()},
    Point.BALANCED: _SPARING,
    Point.CAUTIOUS: _SPARING,
}

# from this score on a name is a line's
THRESHOLDS = {
    Point.STRICT: 2.88,
    Point.BALANCED: 3.11,
    Point.CAUTIOUS: 3.81,
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What each rule of evidence.py weighs. Written by ``python3 -m bench.accuracy --train``.

Log odds for a line, to hundredths: first where names that say "static", "business" or "server" are
spared (points "balanced" and "cautious"), then where they are not ("strict").
"""

from .words import Point

_BOTH = {
    "address.hex": (3.26, 3.23),
    "address.hexpair": (2.11, 2.11),
    "address.hexpair.access": (2.66, 2.64),
    "address.joined": (1.18, 1.22),
    "address.joined.access": (2.02, 2.01),
    "address.last": (2.07, 2.23),
    "address.last.access": (1.09, 1.01),
    "address.other": (1.38, 1.56),
    "address.other.access": (1.00, 1.00),
    "address.padded": (0.58, 0.61),
    "address.padded.access": (0.53, 0.53),
    "address.run": (3.68, 3.67),
    "address.six": (3.10, 3.09),
    "address.three": (3.29, 3.32),
    "address.two": (3.18, 3.44),
    "address.two.access": (2.32, 2.26),
    "address.whole": (3.59, 4.90),
    "domain.fixed": (-4.44, -3.34),
    "domain.hosted": (-0.19, -0.04),
    "domain.line": (1.67, 1.73),
    "domain.mail": (-1.17, -1.16),
    "domain.provider": (0.71, 0.73),
    "idiom.exchange": (4.19, 4.18),
    "idiom.exchange.access": (4.00, 4.00),
    "idiom.mac": (3.05, 3.04),
    "idiom.mac.access": (3.09, 3.09),
    "idiom.serial": (0.62, 0.77),
    "idiom.serial.access": (1.55, 1.54),
    "idiom.serial.deep": (1.88, 1.91),
    "placeholder": (5.15, 5.15),
    "school": (-1.74, -1.81),
    "word.customer": (2.85, 2.95),
    "word.customer.alone": (0.78, 0.77),
    "word.dynamic": (4.26, 4.22),
    "word.dynamic.alone": (4.06, 4.06),
    "word.fixed": (-5.06, -0.29),
    "word.hosted": (-3.74, -1.03),
    "word.line": (3.79, 4.45),
    "word.line.alone": (4.08, 4.08),
    "word.mail": (-5.89, -5.98),
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
    Point.STRICT: 2.86,
    Point.BALANCED: 3.29,
    Point.CAUTIOUS: 3.79,
}

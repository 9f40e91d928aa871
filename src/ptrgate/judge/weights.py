# SPDX-License-Identifier: GPL-3.0-or-later
"""What each rule of evidence.py weighs. Written by ``python3 -m bench.accuracy --train``.

Log odds for a line, to hundredths: first where names that say "static", "business" or "server" are
spared (points "balanced" and "cautious"), then where they are not ("strict").
"""

from .words import Point

_BOTH = {
    "address.hex": (3.27, 3.25),
    "address.hexpair": (2.11, 2.11),
    "address.hexpair.access": (2.74, 2.72),
    "address.hexthree": (3.08, 3.08),
    "address.joined": (1.02, 1.07),
    "address.joined.access": (2.01, 2.01),
    "address.last": (2.05, 2.22),
    "address.last.access": (1.11, 1.03),
    "address.other": (1.27, 1.45),
    "address.other.access": (1.00, 1.00),
    "address.padded": (0.57, 0.57),
    "address.padded.access": (0.52, 0.52),
    "address.run": (3.69, 3.67),
    "address.six": (3.10, 3.09),
    "address.sixpart": (2.50, 2.50),
    "address.three": (3.30, 3.33),
    "address.two": (3.20, 3.46),
    "address.two.access": (2.34, 2.28),
    "address.whole": (3.64, 4.93),
    "address.wrapped": (3.63, 3.62),
    "domain.fixed": (-4.44, -3.34),
    "domain.hosted": (-0.24, -0.07),
    "domain.line": (1.47, 1.53),
    "domain.mail": (-1.12, -1.11),
    "domain.provider": (0.62, 0.63),
    "idiom.exchange": (4.19, 4.19),
    "idiom.exchange.access": (4.00, 4.00),
    "idiom.mac": (3.05, 3.05),
    "idiom.mac.access": (3.11, 3.11),
    "idiom.number": (1.25, 1.46),
    "idiom.number.access": (3.01, 3.01),
    "idiom.number.deep": (3.73, 3.81),
    "idiom.port": (3.17, 3.17),
    "idiom.port.access": (3.00, 3.00),
    "idiom.serial": (0.31, 0.39),
    "idiom.serial.access": (1.54, 1.53),
    "idiom.serial.deep": (1.01, 1.02),
    "placeholder": (5.16, 5.16),
    "school": (-1.69, -1.76),
    "unnamed": (3.68, 3.67),
    "word.customer": (2.86, 2.96),
    "word.customer.alone": (0.79, 0.78),
    "word.dynamic": (4.26, 4.22),
    "word.dynamic.alone": (4.06, 4.06),
    "word.fixed": (-5.03, -0.29),
    "word.hosted": (-3.78, -1.01),
    "word.line": (3.80, 4.47),
    "word.line.alone": (4.08, 4.08),
    "word.mail": (-5.87, -5.96),
    "word.mobile": (2.55, 2.54),
    "word.mobile.alone": (0.19, 0.19),
    "word.plain": (0.66, 0.74),
    "word.service": (-2.79, -2.81),
}
_SPARING = {rule: both[0] for rule, both in _BOTH.items()}
WEIGHTS = {
    Point.STRICT: {rule: both[1] for rule, both in _BOTH.items()},
    Point.BALANCED: _SPARING,
    Point.CAUTIOUS: _SPARING,
}

# from this score on a name is a line's
THRESHOLDS = {
    Point.STRICT: 2.79,
    Point.BALANCED: 2.82,
    Point.CAUTIOUS: 3.82,
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Until when a certificate is valid, read from its octets (X.690 DER; RFC 5280 section 4.1).

Python tells this only of a certificate that it trusts, and one that has expired it trusts no more.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterator
from datetime import datetime

_SEQUENCE, _VERSION = 0x30, 0xA0
_TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}  # UTCTime, GeneralizedTime
_LONG = 0x80
_BEFORE_VALIDITY = 3  # serial number, signature, issuer


def ends(certificate: bytes) -> int:
    """Return the end of its validity (Unix time); raises ValueError if it is no certificate."""
    try:
        _, outer, _ = _element(certificate, 0)
        _, inner, _ = next(_elements(outer))
        parts = [part for tag, part, _ in _elements(inner) if tag != _VERSION]
        (_, _, _), (tag, end, _) = _elements(parts[_BEFORE_VALIDITY])
        return _time(tag, end)
    except (IndexError, KeyError, StopIteration):
        raise ValueError("these octets are no certificate") from None


def _time(tag: int, octets: bytes) -> int:
    return timegm(datetime.strptime(octets.decode("ascii"), _TIMES[tag]).timetuple())


def _elements(octets: bytes) -> Iterator[tuple[int, bytes, int]]:
    at = 0
    while at < len(octets):
        element = _element(octets, at)
        yield element
        at = element[2]


def _element(octets: bytes, at: int) -> tuple[int, bytes, int]:
    """Return tag, content and where the next one begins."""
    tag, size, begin = octets[at], octets[at + 1], at + 2
    if size >= _LONG:
        begin += size - _LONG
        size = int.from_bytes(octets[at + 2 : begin])
    if begin + size > len(octets):
        raise ValueError("these octets end too early")
    return tag, octets[begin : begin + size], begin + size

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds an address inside a name, in the ways in which providers write it there.

Always the address itself, never merely something that looks like one. Time is linear in the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from itertools import islice, pairwise

Span = tuple[int, int]

# the whole address, or so much of it that it is there by no chance
WHOLE = frozenset({"whole", "run", "hex", "three", "six"})

_NUMBER = re.compile(r"[0-9]+")
_HEXTET = re.compile(r"(?<![0-9a-f])[0-9a-f]{1,4}(?![0-9a-f])")
_HEX_PAIR = re.compile(r"(?<![0-9a-z])[a-z]{0,2}?([0-9a-f]{4})[a-z]?(?![0-9a-z])")
# 32 bits in base 36 or 32, and 128
_DENSE = re.compile(r"(?<![0-9a-z])[0-9a-z]{6,7}(?![0-9a-z])")
_DENSE_SIX = re.compile(r"(?<![0-9a-z])[0-9a-z]{24,26}(?![0-9a-z])")
_MANY_NUMBERS = 64  # of a name; more are noise
_LONGEST_NUMBER = 12  # digits: four octets, zero-padded
_LEAST_JOINED = 7  # shorter runs of digits are an address by chance
_LEAST_PAIR = 4  # digits
_PADDED = 3  # digits
_LEAST_HEXTETS = 4
_EUI_MIDDLE = b"\xff\xfe"


@dataclass(frozen=True, slots=True)
class Found:
    """How the text holds the address, and where."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Number:
    value: int
    digits: str
    start: int
    end: int


def find(text: str, address: IPv4Address | IPv6Address) -> Found | None:
    """Return the strongest way in which the text (lower case) holds the address, if any."""
    if isinstance(address, IPv6Address):
        return _six(text, address)
    numbers = _numbers(text)
    if not numbers:
        return None
    octets = tuple(address.packed)
    return (
        _window(numbers, octets, 4, "whole")
        or _run(text, numbers, octets)
        or _window(numbers, octets, 3, "three")
        or _pair(text, numbers, octets)
        or _window(numbers, octets, 2, "other")
        or _last(text, numbers, octets[3])
    )


def _numbers(text: str) -> list[_Number]:
    found = []
    for match in islice(_NUMBER.finditer(text), _MANY_NUMBERS):
        digits = match[0]
        value = int(digits) if len(digits) <= _LONGEST_NUMBER else -1
        found.append(_Number(value, digits, *match.span()))
    return found


def _window(
    numbers: Sequence[_Number], octets: Sequence[int], size: int, kind: str
) -> Found | None:
    """Find so many neighbouring numbers that are octets of the address, in any order."""
    for start in range(len(numbers) - size + 1):
        window = numbers[start : start + size]
        left = list(octets)
        for number in window:
            if number.value not in left:
                break
            left.remove(number.value)
        else:
            return Found(kind, (window[0].start, window[-1].end))
    return None


def _run(text: str, numbers: Sequence[_Number], octets: Sequence[int]) -> Found | None:
    """Find the address in one piece: zero-padded, joined, as one number, in hex or denser."""
    for order in (octets, octets[::-1]):
        padded, joined = "".join(f"{o:03d}" for o in order), "".join(map(str, order))
        value = int.from_bytes(order, "big")
        for number in numbers:
            if len(number.digits) >= _LEAST_JOINED and (
                padded in number.digits or joined in number.digits or number.value == value
            ):
                return Found("run", (number.start, number.end))
        start = text.find(bytes(order).hex())
        if start >= 0:
            return Found("hex", (start, start + 8))
    span = _dense(text, octets, _DENSE)
    return Found("run", span) if span else None


def _dense(text: str, octets: Sequence[int], pattern: re.Pattern[str]) -> Span | None:
    values = {int.from_bytes(order, "big") for order in (octets, octets[::-1])}
    for match in pattern.finditer(text):
        for base in (36, 32):
            try:
                if int(match[0], base) in values:
                    return match.span()
            except ValueError:  # a digit that this base has not
                continue
    return None


def _pair(text: str, numbers: Sequence[_Number], octets: Sequence[int]) -> Found | None:
    """Find the last two octets, the host's in its network: two numbers, one, or in hex."""
    third, last = octets[2], octets[3]
    for one, other in pairwise(numbers):
        if (one.value, other.value) in ((third, last), (last, third)):
            return Found("two", (one.start, other.end))
    for number in numbers:
        digits = number.digits
        is_padded = digits.endswith((f"{third:03d}{last:03d}", f"{third}{last:03d}"))
        if len(digits) >= _LEAST_PAIR and (is_padded or digits == f"{third}{last}"):
            return Found("joined", (number.start, number.end))
    wanted = f"{third:02x}{last:02x}"
    for match in _HEX_PAIR.finditer(text):
        if match[1] == wanted and (third or last):
            return Found("hexpair", match.span(1))
    return None


def _last(text: str, numbers: Sequence[_Number], last: int) -> Found | None:
    """Find the last octet alone in the first label."""
    first = text.find(".") if "." in text else len(text)
    ours = [number for number in numbers if number.start < first]
    for number in ours:
        if number.value == last:
            return Found("last", (number.start, number.end))
    for number in ours:
        if len(number.digits) >= _PADDED and number.digits.endswith(f"{last:03d}"):
            return Found("padded", (number.start, number.end))
    return None


def _six(text: str, address: IPv6Address) -> Found | None:
    span = (
        next(_nibbles(text, address), None)
        or next(_hextets(text, address), None)
        or _dense(text, tuple(address.packed), _DENSE_SIX)
    )
    return Found("six", span) if span else None


def _nibbles(text: str, address: IPv6Address) -> Iterator[Span]:
    """Find the nibbles of the interface, of the network, or of the card, in order or reversed."""
    places = [place for place, character in enumerate(text) if character in "0123456789abcdef"]
    joined = "".join(text[place] for place in places)
    nibbles, packed = address.packed.hex(), address.packed
    parts = [nibbles[16:], nibbles[:16]]
    if packed[11:13] == _EUI_MIDDLE:  # RFC 4291 appendix A: made of a hardware address
        parts.append(bytes((packed[8] ^ 2, *packed[9:11], *packed[13:])).hex())
    for part in parts:
        if len(part.strip("0")) < _LEAST_JOINED:
            continue
        for run in (part, part[::-1]):
            start = joined.find(run)
            if start >= 0:
                yield places[start], places[start + len(run) - 1] + 1


def _hextets(text: str, address: IPv6Address) -> Iterator[Span]:
    """Find at least four of the hextets that are not zero, as written by hand."""
    wanted = [group.lstrip("0") for group in address.exploded.split(":") if group != "0000"]
    matches = islice(_HEXTET.finditer(text), _MANY_NUMBERS)
    seen = [match for match in matches if match[0].lstrip("0") in wanted]
    if len({match[0] for match in seen}) >= min(_LEAST_HEXTETS, max(len(wanted), 3)):
        yield seen[0].start(), seen[-1].end()

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
WHOLE = frozenset({"whole", "run", "hex", "three", "hexthree", "six"})

_NUMBER = re.compile(r"[0-9]+")
_HEXTET = re.compile(r"(?<![0-9a-f])[0-9a-f]{1,4}(?![0-9a-f])")
# the letters that may stand before and after two octets in hexadecimal: baa33fb.baa.isp
_BEFORE_HEX = re.compile(r"(?<![0-9a-z])[a-z]{0,3}\Z")
_AFTER_HEX = re.compile(r"[a-z]?(?![0-9a-z])")
# 32 bits in base 36 or 32, and 128
_DENSE = re.compile(r"(?<![0-9a-z])[0-9a-z]{6,7}(?![0-9a-z])")
_DENSE_SIX = re.compile(r"(?<![0-9a-z])[0-9a-z]{24,26}(?![0-9a-z])")
_MANY_NUMBERS = 64  # of a name; more are noise
_LONGEST_NUMBER = 12  # digits: four octets, zero-padded
_BEFORE = 4  # characters that are looked at before a pair
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
        or _three_in_hex(text, octets)
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
    span = _pair_in_hex(text, f"{third:02x}{last:02x}") if third or last else None
    return Found("hexpair", span) if span else None


def _three_in_hex(text: str, octets: Sequence[int]) -> Found | None:
    """Find three neighbouring octets in hexadecimal, in either direction."""
    for part in (octets[:3], octets[1:]):
        for order in (part, part[::-1]):
            start = text.find(bytes(order).hex()) if any(order) else -1
            if start >= 0:
                return Found("hexthree", (start, start + 6))
    return None


def _pair_in_hex(text: str, wanted: str) -> Span | None:
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        before = text[max(0, start - _BEFORE) : start]
        if _BEFORE_HEX.search(before) and _AFTER_HEX.match(text, end):
            return start, end
        start = text.find(wanted, start + 1)
    return None


def _last(text: str, numbers: Sequence[_Number], last: int) -> Found | None:
    """Find the last octet alone in the first label."""
    first = text.find(".") if "." in text else len(text)
    ours = [number for number in numbers if number.start < first]
    for number in ours:
        if number.value == last:
            if _is_wrapped(text[:first], number):
                return Found("wrapped", (0, first))
            return Found("last", (number.start, number.end))
    for number in ours:
        if len(number.digits) >= _PADDED and number.digits.endswith(f"{last:03d}"):
            return Found("padded", (number.start, number.end))
    return None


def _is_wrapped(label: str, number: _Number) -> bool:
    """Tell whether letters that are no word surround the number: "ggubu130lt"."""
    before, after = label[: number.start], label[number.end :]
    is_made_up = before.isalpha() and after.isalpha() and number.digits == str(number.value)
    return is_made_up and len(before) > 1 and min(len(after), len(number.digits)) > 1


def _six(text: str, address: IPv6Address) -> Found | None:
    nibbles, packed = address.packed.hex(), address.packed
    halves = [nibbles[16:], nibbles[:16]]
    if packed[11:13] == _EUI_MIDDLE:  # RFC 4291 appendix A: made of a hardware address
        halves.append(bytes((packed[8] ^ 2, *packed[9:11], *packed[13:])).hex())
    span = (
        next(_nibbles(text, [nibbles]), None)
        or next(_hextets(text, address), None)
        or next(_nibbles(text, halves), None)
        or _dense(text, tuple(address.packed), _DENSE_SIX)
    )
    if span:
        return Found("six", span)
    # a customer's network, of /48 or /56, or the end of the interface
    span = next(_nibbles(text, [nibbles[:14], nibbles[:12], nibbles[4:12], nibbles[24:]]), None)
    return Found("sixpart", span) if span else None


def _nibbles(text: str, parts: Sequence[str]) -> Iterator[Span]:
    """Find nibbles, in order or reversed, whatever stands between them."""
    places = [place for place, character in enumerate(text) if character in "0123456789abcdef"]
    joined = "".join(text[place] for place in places)
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

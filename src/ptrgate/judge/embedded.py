# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds an address inside a name, in the ways in which providers write it there."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import islice

Span = tuple[int, int]
Found = tuple[Span, float]  # where in the text, and how much of an address it is (0 to 1)

_NUMBER = re.compile(r"[0-9]{1,39}")
_HEXTET = re.compile(r"(?<![0-9a-f])[0-9a-f]{1,4}(?![0-9a-f])")
_MANY_NUMBERS = 64  # of a name; more are noise
_LEAST_JOINED = 7  # shorter runs of digits are an address by chance
_LEAST_HEXTETS = 4


def find(text: str, address: IPv4Address | IPv6Address) -> Iterator[Found]:
    """Yield each way in which the text holds the address."""
    if isinstance(address, IPv4Address):
        yield from _runs(text, address)
        yield from _octets(text, address.packed)
    else:
        yield from _nibbles(text, address)
        yield from _hextets(text, address)


def _runs(text: str, address: IPv4Address) -> Iterator[Found]:
    """Find the address in one piece: zero-padded, joined, as one number, or in hex."""
    for octets in (address.packed, address.packed[::-1]):
        for run in ("".join(f"{octet:03d}" for octet in octets), octets.hex()):
            start = text.find(run)
            if start >= 0:
                yield (start, start + len(run)), 1.0
    joined = {"".join(map(str, o)) for o in (address.packed, address.packed[::-1])}
    for match in _NUMBER.finditer(text):
        is_joined = len(match[0]) >= _LEAST_JOINED and match[0] in joined
        if is_joined or match[0] == str(int(address)):
            yield match.span(), 1.0


def _octets(text: str, packed: bytes) -> Iterator[Found]:
    """Find the octets as neighbouring numbers in any order: all, or three, or the last two."""
    numbers = list(islice(_NUMBER.finditer(text), _MANY_NUMBERS))
    for wanted, share in ((packed, 1.0), (packed[1:], 0.8), (packed[:3], 0.8), (packed[2:], 0.5)):
        values = sorted(wanted)
        for start in range(len(numbers) - len(wanted) + 1):
            window: Sequence[re.Match[str]] = numbers[start : start + len(wanted)]
            if sorted(int(match[0]) for match in window) == values:
                yield (window[0].start(), window[-1].end()), share
                return


def _nibbles(text: str, address: IPv6Address) -> Iterator[Found]:
    """Find the 16 nibbles of the interface or of the network, in order or reversed."""
    places = [place for place, character in enumerate(text) if character in "0123456789abcdef"]
    joined = "".join(text[place] for place in places)
    nibbles = address.packed.hex()
    for half in (nibbles[16:], nibbles[:16]):
        if len(half.strip("0")) < _LEAST_JOINED:
            continue
        for run in (half, half[::-1]):
            start = joined.find(run)
            if start >= 0:
                yield (places[start], places[start + len(run) - 1] + 1), 1.0


def _hextets(text: str, address: IPv6Address) -> Iterator[Found]:
    """Find at least four of the hextets that are not zero, in order, as written by hand."""
    wanted = [group.lstrip("0") for group in address.exploded.split(":") if group != "0000"]
    matches = list(islice(_HEXTET.finditer(text), _MANY_NUMBERS))
    seen = [match for match in matches if match[0].lstrip("0") in wanted]
    if len({match[0] for match in seen}) >= min(_LEAST_HEXTETS, max(len(wanted), 3)):
        yield (seen[0].start(), seen[-1].end()), 1.0

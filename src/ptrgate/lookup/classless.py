# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a reverse zone for less than 256 addresses would have a PTR record (RFC 2317)."""

from collections.abc import Iterator

OCTETS = 4
LENGTHS = range(25, 32)  # of the networks that such zones are made for
ARPA = ".in-addr.arpa"


def places(pointer: str) -> tuple[str, ...]:
    """Return the names a PTR record of an IPv4 address may have in such a zone.

    For 68.2.0.192.in-addr.arpa and a /27 below: 68.64/27.2.0.192.in-addr.arpa (the RFC's own way
    to write it), 68.64-27 and 68.64-95. Nothing for other names.
    """
    octets = pointer.removesuffix(ARPA).split(".")
    if not pointer.endswith(ARPA) or len(octets) != OCTETS or not octets[0].isdigit():
        return ()
    last, rest = octets[0], ".".join(octets[1:])
    return tuple(f"{last}.{zone}.{rest}{ARPA}" for zone in dict.fromkeys(_zones(int(last))))


def _zones(last: int) -> Iterator[str]:
    for length in LENGTHS:
        size = 1 << (32 - length)
        first = last - last % size
        yield from (f"{first}/{length}", f"{first}-{length}", f"{first}-{first + size - 1}")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an address is written down, so that no line on the Internet can fill the book."""

import zlib
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple

from ..judge.addresses import parse
from ..judge.words import Finding

HOSTS_A_NETWORK = 8  # a line owns a /64: it gets so many places, whatever addresses it uses


class Place(NamedTuple):
    """The place of one address; in its table the key is unique.

    IPv4: the address. IPv6: the /64 and one of its few places as key, and the rest of the address
    as ``host``, because others may live in the same /64: only the very address is remembered.
    """

    table: str
    key: bytes
    host: bytes


class Record(NamedTuple):
    """What is known of an address that passed: when last, and since when it has no name, or 0.

    ``seen`` is in hours, ``lost`` in seconds since the epoch.
    """

    seen: int
    lost: int = 0


TABLES = ("v4", "v6")
_ORDER = (Finding.NO_PTR, Finding.FORGED, Finding.DYNAMIC)  # of the notes: append only


def warning_of(address: str, finding: Finding) -> tuple[str, bytes]:
    """Return the table and key of the note that a client was told of a finding.

    An IPv6 client is its /64: with one note an address, a line would be new with every mail.
    Raises ValueError if ``address`` is none, or nobody is refused for the finding.
    """
    octets = parse(address).packed
    number = bytes([_ORDER.index(finding)])
    is_ipv4 = len(octets) == len(IPv4Address(0).packed)
    return ("warned4", octets + number) if is_ipv4 else ("warned6", octets[:8] + number)


def address_at(place: Place) -> str:
    """Return the address of a place; raises ValueError if it is none."""
    return str(ip_address(place.key if place.table == "v4" else place.key[:8] + place.host))


def place_of(address: str) -> Place:
    """Return the place of an address; raises ValueError if it is none."""
    octets = parse(address).packed
    if len(octets) == len(IPv4Address(0).packed):
        return Place("v4", octets, b"")
    network, host = octets[:8], octets[8:]
    return Place("v6", network + bytes([zlib.crc32(host) % HOSTS_A_NETWORK]), host)

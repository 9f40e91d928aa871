# SPDX-License-Identifier: GPL-3.0-or-later
"""IP addresses: one canonical form, and the ranges that no stranger on the Internet has."""

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# Written out by hand: ipaddress.is_private also holds the documentation ranges, which the lab,
# the examples and the tests use as if they were public.
PRIVATE_NETWORKS: tuple[tuple[IPv4Network | IPv6Network, str], ...] = tuple(
    (ip_network(network), words)
    for network, words in (
        ("0.0.0.0/8", "not an address of any host (RFC 1122)"),
        ("10.0.0.0/8", "a private address (RFC 1918)"),
        ("100.64.0.0/10", "an address shared inside a provider (RFC 6598)"),
        ("127.0.0.0/8", "a loopback address (RFC 1122)"),
        ("169.254.0.0/16", "a link-local address (RFC 3927)"),
        ("172.16.0.0/12", "a private address (RFC 1918)"),
        ("192.168.0.0/16", "a private address (RFC 1918)"),
        ("::/128", "not an address of any host (RFC 4291)"),
        ("::1/128", "a loopback address (RFC 4291)"),
        ("fc00::/7", "a unique local address (RFC 4193)"),
        ("fe80::/10", "a link-local address (RFC 4291)"),
    )
)

# By IP version and first octet: of the addresses that clients have, hardly any looks further.
_FIRST_OCTETS: dict[tuple[int, int], list[tuple[IPv4Network | IPv6Network, str]]] = {}
for _network, _words in PRIVATE_NETWORKS:
    for _octet in range(_network[0].packed[0], _network[-1].packed[0] + 1):
        _FIRST_OCTETS.setdefault((_network.version, _octet), []).append((_network, _words))

_RESERVED = 240  # first octet of 240.0.0.0/4, broadcast included


@lru_cache(maxsize=1024)  # a session asks for the same one many times
def parse(text: str) -> IPv4Address | IPv6Address:
    """Read an address; an IPv4-mapped IPv6 address is the IPv4 address. ValueError otherwise."""
    bare = text.strip().removeprefix("[").removesuffix("]").partition("%")[0]
    address = _read(bare.removeprefix("IPv6:"))
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _read(text: str) -> IPv4Address | IPv6Address:
    """Read an address by the C library, four times faster; whatever it does not know, as Python."""
    try:
        if ":" in text:
            return IPv6Address(socket.inet_pton(socket.AF_INET6, text))
        return IPv4Address(socket.inet_pton(socket.AF_INET, text))
    except (OSError, ValueError):  # ValueError: a NUL, or half of a character
        return ip_address(text)


def why_private(address: IPv4Address | IPv6Address) -> str:
    """Say in words why an address is not public, or return ""."""
    for network, words in _FIRST_OCTETS.get((address.version, address.packed[0]), ()):
        if address in network:
            return words
    return ""


def why_not_asked(address: IPv4Address | IPv6Address) -> str:
    """Say in words why no stranger's word leads us to an address, or return ""."""
    is_reserved = address.version == 4 and address.packed[0] >= _RESERVED  # noqa: PLR2004
    if address.is_multicast or is_reserved:
        return "not an address of any host (RFC 1112)"
    return why_private(address)

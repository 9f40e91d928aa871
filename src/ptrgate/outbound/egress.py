# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses that mail leaves from: declared, seen by a peer, or the kernel's choice."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from ..judge.addresses import parse
from .peer import seen_by
from .verdict import Family

# Out in the world, in each part of it: the routes there are those that mail takes. With several
# addresses or routes the kernel's choice depends on where it goes (RFC 6724, rule 8).
FAR_AWAY = {
    Family.IPV4: ("198.41.0.4", "9.9.9.9", "77.88.8.8", "202.12.27.33"),
    Family.IPV6: ("2001:503:ba3e::2:30", "2400::1", "2600::1", "2800::1", "2a00::1", "2c00::1"),
}
KERNEL_FAMILY = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Egress:
    """One address mail leaves from, in canonical form, and how we know."""

    address: str
    family: Family
    source: Literal["declared", "seen", "observed"]


def observe(family: Family) -> tuple[str, ...]:
    """Return the source addresses of the routes to the world, each once; none without a route.

    Connecting a UDP socket asks the kernel for a route and sends no packet.
    """
    found = (_source(KERNEL_FAMILY[family], place) for place in FAR_AWAY[family])
    return tuple(dict.fromkeys(filter(None, found)))


def _source(family: int, place: str) -> str:
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((place, 53))
        except OSError:
            return ""
        return str(probe.getsockname()[0]).partition("%")[0]


def egress(
    declared: Iterable[IPv4Address | IPv6Address | str],
    *,
    look: Callable[[Family], Iterable[str]] | None = observe,
    peers: Iterable[IPv4Address | IPv6Address] = (),
) -> tuple[Egress, ...]:
    """Return the declared addresses, what the peers saw, and for a family without either ``look``.

    A declared IPv4 address does not keep mail from leaving by IPv6, so that family is looked at
    too; ``look=None`` trusts the declaration and the peers alone. What a peer saw counts besides
    the declared ones: mail did leave from there. Raises ``ValueError`` on what is no address.
    """
    found = dict.fromkeys(_declared(address) for address in declared)
    known = {one.address for one in found}
    for address in filter(None, map(seen_by, peers)):
        if address not in known:
            found[replace(_declared(address), source="seen")] = None
    for family in Family if look else ():
        if look and all(one.family != family for one in found):
            found |= dict.fromkeys(Egress(one, family, "observed") for one in look(family))
    return tuple(found)


def _declared(declared: IPv4Address | IPv6Address | str) -> Egress:
    try:
        address = parse(str(declared))
    except ValueError:
        raise ValueError(f"{str(declared)!r} is not an IPv4 or IPv6 address") from None
    family = Family.IPV4 if isinstance(address, IPv4Address) else Family.IPV6
    return Egress(str(address), family, "declared")

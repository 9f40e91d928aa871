# SPDX-License-Identifier: GPL-3.0-or-later
"""The crowd: 65,536 clients in 198.19.0.0/16, what each of them is, and the zones that say so."""

from __future__ import annotations

import random
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

NETWORK = IPv4Network("198.19.0.0/16")
REVERSE, FORWARD = "19.198.in-addr.arpa.", "crowd.example."
SHARES = {"good": 60, "no_ptr": 20, "forged": 10, "dynamic": 10}  # of a hundred

# Long enough that what ends an answer's life is the resolver's limit, as on the Internet.
_APEX = (
    "$TTL 3600\n{zone} SOA isp-server.example. postmaster.company.example. 1 3600 600 86400 300\n"
)
_APEX += "{zone} NS isp-server.example.\n"


def kind(number: int) -> str:
    """Return what the client with this number (0 to 65535) is."""
    place = number * 37 % 100  # 37 and 100 are coprime: neighbours differ
    for name, share in SHARES.items():
        place -= share
        if place < 0:
            return name
    raise ValueError(number)


def answers() -> str:
    """Return one letter for each client's place in a hundred: "a" if it is to be accepted."""
    return "".join("a" if kind(number) == "good" else "r" for number in range(100))


def address(number: int) -> str:
    """Return a client's address."""
    return str(NETWORK[number])


def shuffled(*kinds: str, seed: int = 1) -> Iterator[str]:
    """Yield the address of every client of these kinds (all, if none is named) once."""
    numbers = [n for n in range(NETWORK.num_addresses) if not kinds or kind(n) in kinds]
    random.Random(seed).shuffle(numbers)  # noqa: S311 - a sample, not a secret
    return map(address, numbers)


def expected(client: str) -> str:
    """Return what the client with this address is."""
    return kind(int(IPv4Address(client)) - int(NETWORK[0]))


def zones() -> dict[str, str]:
    """Return the text of both zones; without signatures, as most reverse zones are."""
    texts = {zone: [_APEX.format(zone=zone)] for zone in (REVERSE, FORWARD)}
    for number in range(NETWORK.num_addresses):
        for zone, line in _records(number):
            texts[zone].append(line)
    return {zone: "".join(lines) for zone, lines in texts.items()}


def _records(number: int) -> Iterator[tuple[str, str]]:
    what, client = kind(number), NETWORK[number]
    if what == "no_ptr":
        return
    name = f"mx.c{number}.{FORWARD}"
    if what == "dynamic":
        name = f"dsl-{client}.dyn.".replace(".", "-", 3) + FORWARD
    yield REVERSE, f"{client.reverse_pointer}. PTR {name}\n"
    if what != "forged":
        yield FORWARD, f"{name} A {client}\n"
    elif number % 2:  # one half leads elsewhere, the other half nowhere
        yield FORWARD, f"{name} A {NETWORK[number - 1]}\n"

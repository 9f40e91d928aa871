# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and names go into the texts: one refusal's own, or the example's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, ip_address, ip_network

from .text import Block, Link, Section

EXAMPLE_ADDRESS = "192.0.2.7"
EXAMPLE_NAME = "mx.example.net"
UNKNOWN_NAME = "NAME"
OWN_NAME = "mail.your-domain.example"


def places(address: str) -> dict[str, str]:
    """Return what the texts may name about ``address``; ``zone`` is its /24 or /48 reverse zone."""
    parsed = ip_address(address)
    labels = parsed.reverse_pointer.split(".")
    ipv4 = parsed.version == 4  # noqa: PLR2004 -- the family
    return {
        "address": address,
        "name": OWN_NAME,
        "record": f"{parsed.reverse_pointer}.",
        "zone": ".".join(labels[1 if ipv4 else 20 :]),
        "type": "A" if ipv4 else "AAAA",
        **_small(parsed if isinstance(parsed, IPv4Address) else IPv4Address(EXAMPLE_ADDRESS)),
    }


def _small(address: IPv4Address) -> dict[str, str]:
    """Return what RFC 2317 makes of the /27 around an address: ``64-95`` in the zone ``above``."""
    network = ip_network(f"{address}/27", strict=False)
    first, last = network[0], network[-1]
    return {
        "first": str(first),
        "last": str(last),
        "small": f"{first.packed[-1]}-{last.packed[-1]}",
        "host": str(address.packed[-1]),
        "above": address.reverse_pointer.partition(".")[2],
    }


def filled(texts: Iterable[str], at: Mapping[str, str]) -> tuple[str, ...]:
    """Return ``texts`` with their placeholders filled."""
    return tuple(text.format_map(at) for text in texts)


def links(chain: Iterable[Link], at: Mapping[str, str]) -> tuple[Link, ...]:
    """Return the drawn lookup with its placeholders filled."""
    return tuple(
        replace(link, value=link.value.format_map(at), note=link.note.format_map(at))
        for link in chain
    )


def section(section: Section, at: Mapping[str, str]) -> Section:
    """Return a section of the guide with its placeholders filled."""
    return replace(section, blocks=tuple(_block(block, at) for block in section.blocks))


def _block(block: Block, at: Mapping[str, str]) -> Block:
    text, caption = block.text.format_map(at).strip(), block.caption.format_map(at)
    return replace(block, text=text, caption=caption, items=filled(block.items, at))

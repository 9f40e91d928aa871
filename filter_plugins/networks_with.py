# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the networks that contain an address: what preflight asks of the networks it is told to trust."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network


def networks_with(networks: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """Return those of the networks (CIDR) that contain one of the addresses; a ValueError names bad input."""
    sought = [ip_address(address) for address in addresses]
    return [net for net in networks if any(one in ip_network(net, strict=False) for one in sought)]


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"networks_with": networks_with}

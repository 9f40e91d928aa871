# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``networks_with``: the networks that contain an address."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

DOCUMENTATION = r"""
name: networks_with
short_description: Find the networks that contain an address
version_added: "0.1"
author: PTRgate
description:
  - Returns those of the networks that contain at least one of the addresses.
options:
  _input:
    description: Networks, each C(ADDRESS/PREFIX) or an address.
    type: list
    elements: str
    required: true
  addresses:
    description: The addresses to look for.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse to trust the gateway
  ansible.builtin.assert:
    that: networks | networks_with([ansible_facts.default_ipv4.gateway]) | length == 0
"""

RETURN = r"""
_value:
  description: The networks that contain one of the addresses.
  type: list
  elements: str
"""


def networks_with(networks: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """Return the networks (CIDR) that contain one of the addresses; ValueError names bad input."""
    sought = [ip_address(address) for address in addresses]
    trusted = ((network, ip_network(network, strict=False)) for network in networks)
    return [said for said, net in trusted if any(address in net for address in sought)]


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"networks_with": networks_with}

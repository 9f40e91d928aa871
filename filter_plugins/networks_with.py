# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the networks that contain an address: what preflight asks of the networks it is told to trust."""

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
    """Return those of the networks (CIDR) that contain one of the addresses; a ValueError names bad input."""
    sought = [ip_address(address) for address in addresses]
    return [net for net in networks if any(one in ip_network(net, strict=False) for one in sought)]


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"networks_with": networks_with}

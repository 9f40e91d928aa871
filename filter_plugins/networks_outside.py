# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``networks_outside``: the networks that lie in none of some others."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

DOCUMENTATION = r"""
name: networks_outside
short_description: Find the networks that lie in none of some others
version_added: "0.1"
author: PTRgate
description:
  - Returns those of the networks that are part of none of the others. This host's own loopback
    is left out.
options:
  _input:
    description: Networks, each C(ADDRESS/PREFIX) or an address.
    type: list
    elements: str
    required: true
  others:
    description: The networks that they should lie in.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse to judge whom Postfix trusts
  ansible.builtin.assert:
    that: mynetworks | networks_outside(relay_networks) | length == 0
"""

RETURN = r"""
_value:
  description: The networks that lie in none of the others.
  type: list
  elements: str
"""

Network = IPv4Network | IPv6Network


def networks_outside(networks: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return the networks (CIDR) that no other contains; ValueError names bad input."""
    around = [ip_network(other, strict=False) for other in others]
    found = ((said, ip_network(said, strict=False)) for said in networks)
    return [said for said, net in found if not net.is_loopback and not _within(net, around)]


def _within(network: Network, around: Iterable[Network]) -> bool:
    alike = (one for one in around if one.version == network.version)
    return any(network.subnet_of(one) for one in alike)  # type: ignore[arg-type] # same version


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"networks_outside": networks_outside}

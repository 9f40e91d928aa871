# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``reverse_zones``: networks -> the reverse DNS zones that cover them."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: reverse_zones
short_description: Turn networks into the reverse DNS zones that cover them
version_added: "0.1"
author: PTRgate
description:
  - Returns the names under C(in-addr.arpa) and C(ip6.arpa) that together cover the networks, and
    nothing else, for example to tell a resolver which zones to forward or to leave alone.
  - A network whose prefix ends inside an octet (IPv4) or a nibble (IPv6) is covered by several
    zones. A network smaller than the smallest zone boundary, that is a single address, is its own
    zone.
options:
  _input:
    description: Networks, each C(ADDRESS/PREFIX) or an address. Host bits must be zero.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show the zones of our networks
  ansible.builtin.debug:
    msg: "{{ ['203.0.113.0/24', '198.51.100.0/23', '2001:db8::/34'] | reverse_zones }}"
  # 113.0.203.in-addr.arpa, 100.51.198.in-addr.arpa, 101.51.198.in-addr.arpa and
  # 0.8.b.d.0.1.0.0.2.ip6.arpa up to 3.8.b.d.0.1.0.0.2.ip6.arpa
"""

RETURN = r"""
_value:
  description: Zone names without the final dot, each once, in the order of the networks.
  type: list
  elements: str
  sample: [113.0.203.in-addr.arpa]
"""

WANTED = "networks such as 203.0.113.0/24 or 2001:db8::/32, with all host bits zero"


def reverse_zones(networks: Any) -> list[str]:
    """Return the arpa zones that cover the networks, each once, in order."""
    if isinstance(networks, str | bytes) or not isinstance(networks, list | tuple):
        raise AnsibleFilterError(f"reverse_zones: found {networks!r}, wanted a list of {WANTED}")
    zones = [zone for network in networks for zone in _zones(_network(network))]
    return list(dict.fromkeys(zones))


def _network(text: Any) -> IPv4Network | IPv6Network:
    try:
        if not isinstance(text, str):
            raise TypeError  # noqa: TRY301 - ip_network would read a number as an address
        return ip_network(text)
    except (ValueError, TypeError):
        raise AnsibleFilterError(f"reverse_zones: found {text!r}, wanted {WANTED}") from None


def _zones(network: IPv4Network | IPv6Network) -> list[str]:
    bits = 8 if isinstance(network, IPv4Network) else 4
    labels = -(-network.prefixlen // bits)  # rounded up: a zone never covers more than asked
    parts = network.subnets(new_prefix=labels * bits)
    return [_zone(part, labels) for part in parts]


def _zone(network: IPv4Network | IPv6Network, labels: int) -> str:
    pointer = network.network_address.reverse_pointer.split(".")
    return ".".join(pointer[len(pointer) - 2 - labels :])


class FilterModule:
    """Tells Ansible the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name -> function."""
        return {"reverse_zones": reverse_zones}

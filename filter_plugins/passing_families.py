# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``passing_families``: results of own_ptr_info -> the families all of whose rows pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: passing_families
short_description: Name the address families whose every egress address has proven reverse DNS
version_added: "0.1"
author: PTRgate
description:
  - Reads the C(results) of M(own_ptr_info). A family passes if it has an address and each of its
    addresses has the verdict V(pass), because a message may leave by any of them.
options:
  _input:
    description: The C(results) of M(own_ptr_info), or other mappings with C(family) and C(verdict).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Look at our own reverse DNS
  own_ptr_info:
  register: __proof

- name: Stop unless mail may leave over IPv4
  ansible.builtin.assert:
    that: "'ipv4' in (__proof.results | passing_families)"
"""

RETURN = r"""
_value:
  description: V(ipv4), V(ipv6), both in this order, or none.
  type: list
  elements: str
  sample: [ipv4]
"""

FAMILIES = ("ipv4", "ipv6")


def passing_families(results: Any) -> list[str]:
    """Return the families that have an address and whose addresses all pass."""
    if not isinstance(results, list | tuple):
        raise AnsibleFilterError(
            f"passing_families: found {results!r}, wanted the results of own_ptr_info"
        )
    rows = [_row(row) for row in results]
    return [
        family
        for family in FAMILIES
        if {verdict for of, verdict in rows if of == family} == {"pass"}
    ]


def _row(row: Any) -> tuple[str, str]:
    try:
        family, verdict = row["family"], row["verdict"]
    except (KeyError, TypeError):
        raise AnsibleFilterError(
            f"passing_families: found {row!r}, wanted a mapping with family and verdict"
        ) from None
    if family not in FAMILIES:
        raise AnsibleFilterError(f"passing_families: found family {family!r}, wanted ipv4 or ipv6")
    return str(family), str(verdict)


class FilterModule:
    """Tells Ansible the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name -> function."""
        return {"passing_families": passing_families}

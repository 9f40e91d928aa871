# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``relay_plan``: the operator's relay domains -> one row a domain, mistakes included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

DOCUMENTATION = r"""
name: relay_plan
short_description: Say of every relay domain where its mail goes and who exists there
version_added: "0.1"
author: PTRgate
description:
  - A domain's value is its next hop, or a mapping with C(next_hop) and C(recipients).
  - C(recipients) is a list of local parts or whole addresses, or C(verify), which asks the next
    hop.
options:
  _input:
    description: Domain to next hop, or to a mapping.
    type: dict
    required: true
  tables:
    description: Whether lookup tables say who exists where a domain itself does not.
    type: bool
    required: true
"""

EXAMPLES = r"""
- name: Say where mail goes
  ansible.builtin.debug:
    msg: "{{ {'example.org': '[192.0.2.30]:25'} | relay_plan(false) }}"
"""

RETURN = r"""
_value:
  description:
    - C(domain), C(next_hop), C(known) (V(list), V(tables) or V(verify)), C(recipients) (whole
      addresses) and C(wrong), a sentence, empty if nothing is wrong.
  type: list
  elements: dict
"""

KEYS = {"next_hop", "recipients"}
HOP = re.compile(r"(\[[0-9A-Za-z.:-]+\]|[0-9A-Za-z.-]+)(:[0-9A-Za-z-]+)?")
DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
ADDRESS = re.compile(r"[^\s@:#\"]+(@[^\s@:#\"]+)?")
RFC_2142 = ("postmaster", "abuse")


def relay_plan(domains: Mapping[str, Any], tables: bool) -> list[dict[str, Any]]:
    """Return one row a domain, sorted by domain; raises nothing, `wrong` says what is."""
    return [_row(str(domain), domains[domain], tables=tables) for domain in sorted(domains)]


def _row(domain: str, said: Any, *, tables: bool) -> dict[str, Any]:
    told = dict(said) if isinstance(said, Mapping) else {"next_hop": said}
    listed = told.get("recipients", "tables" if tables else "verify")
    names = list(listed) if isinstance(listed, list | tuple) else []
    row = {
        "domain": domain,
        "next_hop": told.get("next_hop") or "",
        "known": "list" if isinstance(listed, list | tuple) else listed,
        "recipients": [_address(str(name), domain) for name in [*RFC_2142, *names]],
        "listed": [_address(str(name), domain) for name in names],
    }
    return row | {"wrong": _wrong(row, told, names)}


def _address(name: str, domain: str) -> str:
    return (name if "@" in name else f"{name}@{domain}").lower()


def _wrong(row: Mapping[str, Any], told: Mapping[str, Any], names: list[Any]) -> str:
    if not DOMAIN.fullmatch(row["domain"]):
        return f'"{row["domain"]}" is no domain; write it in small letters, such as example.org'
    if unknown := sorted(map(str, told.keys() - KEYS)):
        return f"says {', '.join(unknown)}; allowed: next_hop and recipients"
    if not HOP.fullmatch(str(row["next_hop"])):
        return (
            f'gives the next hop "{row["next_hop"]}"; it must be the mailbox server, such as'
            ' "[mail.example.org]:25", in brackets where no MX record is to be asked for'
        )
    if row["known"] not in ("list", "tables", "verify"):
        return f'gives recipients "{row["known"]}"; allowed: a list of addresses, or verify'
    bad = [str(name) for name in names if not ADDRESS.fullmatch(str(name))]
    bad += [name for name in row["listed"] if not name.endswith("@" + row["domain"])]
    return f'lists "{bad[0]}", which is no address in it' if bad else ""


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"relay_plan": relay_plan}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``verdict_rows``: results of own_ptr_info -> aligned lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
name: verdict_rows
short_description: Show the results of own_ptr_info as aligned lines
version_added: "0.1"
author: PTRgate
description:
  - One line for each address with address, verdict, diagnosis and names; below an address that
    does not pass, who must act and what to ask them for, with the records that are wanted; and
    advice, which changes no verdict.
  - Names come from DNS, that is from strangers. What is not printable ASCII is shown as C(?).
options:
  _input:
    description: The C(results) of M(own_ptr_info).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show our own reverse DNS
  ansible.builtin.debug:
    msg: "{{ __proof.results | verdict_rows }}"
  # 203.0.113.41   pass  ok                mx.company.example -> 203.0.113.41
  # 2001:db8::41   fail  ipv6_without_ptr  -
  #   Whoever provides the address: Please set the PTR record of 2001:db8::41 to ...
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
  sample: ["203.0.113.41  pass  ok  mx.company.example -> 203.0.113.41"]
"""

COLUMNS = ("address", "verdict", "diagnosis")


def verdict_rows(results: Any) -> list[str]:
    """Return the lines; raises AnsibleFilterError on what own_ptr_info does not return."""
    if not isinstance(results, list | tuple):
        raise AnsibleFilterError(
            f"verdict_rows: found {results!r}, wanted the results of own_ptr_info"
        )
    try:
        cells = [[str(row[column]) for column in COLUMNS] for row in results]
        names = [_names(row) for row in results]
        remedies = [_remedy(row) for row in results]
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"verdict_rows: found a row without {error}, wanted the results of own_ptr_info"
        ) from None
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row, shown, asked in zip(cells, names, remedies, strict=True):
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines += ["  ".join([*padded, shown]), *asked]
    return lines


def _names(row: Mapping[str, Any]) -> str:
    return ", ".join(_name(seen) for seen in row["names"]) or "-"


def _name(seen: Mapping[str, Any]) -> str:
    shown = "".join(c if "!" <= c <= "~" else "?" for c in seen["name"])
    return f"{shown} -> {' '.join(seen['addresses']) or seen['result']}"


def _remedy(row: Mapping[str, Any]) -> list[str]:
    advice = [f"  Advice: {one['text']}" for one in row.get("advice", ())]
    if row["verdict"] == "pass" or not row.get("ask"):
        return advice
    records = [
        f"  Wanted in {row['zone']['zone']}: {one}"
        for one in row.get("records", ())
        if row.get("zone")
    ]
    return [f"  {row['who']}: {row['ask']}", *records, *advice]


class FilterModule:
    """Tells Ansible the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name -> function."""
        return {"verdict_rows": verdict_rows}

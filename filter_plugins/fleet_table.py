# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``fleet_table``: the report of a fleet -> a table for people, and what to do below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: fleet_table
short_description: Show the report of a fleet as lines that fit a terminal
version_added: "0.1"
author: PTRgate
description:
  - One line for each host and address with verdict and diagnosis; below, for each that does not
    pass, what is wrong, who must act and what to ask them for; last, how many may send directly.
  - Names come from DNS, that is from strangers. What is not printable ASCII is shown as C(?).
options:
  _input:
    description: What P(fleet_report#filter) returned.
    type: dict
    required: true
  width:
    description: The most characters a line may have. A word that is longer is not cut.
    type: int
    default: 72
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ report | fleet_table | join('\n') }}"
  # HOST            ADDRESS       VERDICT  DIAGNOSIS
  # mx.example.org  203.0.113.41  fail     no_ptr
  #
  # mx.example.org, 203.0.113.41: No reverse DNS name.
  #   Whoever provides the address: Please set the PTR record of 203.0.113.41 to ...
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

HEAD = ("HOST", "ADDRESS", "VERDICT", "DIAGNOSIS")
Row = Mapping[str, Any]


def fleet_table(report: Row, width: int = 72) -> list[str]:
    """Return the lines, none longer than ``width`` unless one word is."""
    hosts = report["hosts"]
    lines = [*_table(hosts, width), ""]
    for host in hosts:
        lines += _notes(host, width)
    direct = report["direct"]
    named = f": {', '.join(direct)}" if direct and not report["all_direct"] else ""
    lines += _wrapped(f"{len(direct)} of {len(hosts)} hosts may send directly{named}.", width)
    return ["".join(c if " " <= c <= "~" else "?" for c in line) for line in lines]


def _table(hosts: Sequence[Row], width: int) -> Iterable[str]:
    """Yield the table; where it is too wide, a host has a line of its own above its addresses."""
    cells = [
        (host["host"], row["address"] or "-", row["verdict"], row["diagnosis"])
        for host in hosts
        for row in host["results"]
    ]
    widths = [max(map(len, column)) for column in zip(HEAD, *cells, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        return [_padded(row, widths) for row in (HEAD, *cells)]
    lines = [HEAD[0], "  " + _padded(HEAD[1:], widths[1:])]
    for before, row in zip([HEAD, *cells], cells, strict=False):
        lines += [row[0]] if row[0] != before[0] else []
        lines.append("  " + _padded(row[1:], widths[1:]))
    return lines


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(map(str.ljust, row, widths)).rstrip()


def _notes(host: Row, width: int) -> list[str]:
    """Return what is to be known or done of one host, an empty line after each."""
    lines = []
    if host["problem"]:
        lines += [*_wrapped(f"{host['host']}: {host['problem']}.", width)]
        lines += [*_wrapped(host["remedy"], width, "  "), ""]
    for row in host["results"]:
        said = [line for one in _said(row) for line in _wrapped(one, width, "  ")]
        if said:
            head = f"{host['host']}, {row['address']}: {row['title']}."
            lines += [*_wrapped(head, width), *said, ""]
    for row in host["smarthost"]:
        if row["verdict"] != "pass":
            words = f"smarthost {row['address']} (advice only): {row['title']}."
            lines += [*_wrapped(f"{host['host']}, {words} {row['who']} can change it.", width), ""]
    return lines


def _said(row: Row) -> Iterable[str]:
    """Yield who must act and what to ask them for, then advice, which changes no verdict."""
    if row["verdict"] != "pass" and row.get("ask"):
        yield f"{row['who']}: {row['ask']}"
        zone = row.get("zone") or {}
        if zone:
            servers = ", ".join(zone["nameservers"]) or "nobody"
            contact = f"; contact: {zone['contact']}" if zone["contact"] else ""
            yield f"In charge of {zone['zone']}: {servers}{contact}"
            yield from (f"Wanted there:\n{record}" for record in row.get("records", ()))
    yield from (f"Advice: {one['text']}" for one in row.get("advice", ()))


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return the text in lines; what follows a line break is to be copied, and stays whole."""
    text, _, whole = text.partition("\n")
    lines = textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [*lines, f"{indent}  {whole}"] if whole else lines


class FilterModule:
    """Tells Ansible the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name -> function."""
        return {"fleet_table": fleet_table}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``fleet_report``: what every host and the controller found -> one report for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: fleet_report
short_description: Say of every host whether its reverse DNS lets it send directly
version_added: "0.1"
author: PTRgate
description:
  - Puts together what M(own_ptr_info) returned for each host of a play, whether it ran there or,
    where it could not, on the controller. It is what C(playbooks/preflight.yml) shows and writes.
  - A host may send directly if it has an address and each of its addresses has the verdict
    V(pass).
options:
  _input:
    description: The names of the hosts.
    type: list
    elements: str
    required: true
  here:
    description: What was registered of M(own_ptr_info) on each host, in the same order.
    type: list
    elements: dict
    required: true
  there:
    description: The same, of M(own_ptr_info) on the controller; skipped where it was not needed.
    type: list
    elements: dict
    required: true
  wanted:
    description: The addresses of each host that did not ask itself, declared or seen.
    type: list
    elements: list
    required: true
"""

EXAMPLES = r"""
- name: Show who may send directly
  ansible.builtin.debug:
    msg: "{{ (ansible_play_hosts_all | fleet_report(here, there, wanted)).direct }}"
"""

RETURN = r"""
_value:
  description:
    - C(all_direct), whether every host may send directly; C(direct), the names of those that may;
      C(hosts), one mapping a host.
    - A host has C(host), C(direct), C(families) that may, C(asked_from) V(host), V(controller) or
      V(nobody), C(problem) and C(remedy) in words where something could not be asked, and
      C(results) and C(smarthost) of M(own_ptr_info).
    - An address that nobody could ask about has the verdict V(unknown), or V(unreachable) where
      the host cannot be reached, and the diagnosis V(not_asked); where no address is known it is
      empty. Such a row of C(results) has no further keys but C(family).
  type: dict
"""

FAMILIES = ("ipv4", "ipv6")
UNREACHABLE = (
    "Whoever runs this host: can you log in by ssh with the address and the user of the inventory?"
)
NO_DNSPYTHON = (
    "Whoever runs Ansible: install dnspython for the Python that runs it (pip install dnspython, "
    "or apt-get install python3-dnspython) and run this again. On the host it comes with site.yml."
)
NOT_ASKED = "Whoever runs Ansible: put right what is said there, and run this again."
NO_ADDRESS = (
    "Whoever runs this host: declare the addresses that mail leaves from "
    "(ptrgate_egress_addresses), or give the host a route to the Internet."
)


Result = Mapping[str, Any]


def fleet_report(
    hosts: Sequence[str],
    here: Sequence[Result],
    there: Sequence[Result],
    wanted: Sequence[Sequence[str]],
) -> dict[str, Any]:
    """Return the report; all four in the same order."""
    rows = [_host(*one) for one in zip(hosts, here, there, wanted, strict=True)]
    direct = [row["host"] for row in rows if row["direct"]]
    return {"all_direct": len(direct) == len(rows) > 0, "direct": direct, "hosts": rows}


def _host(host: str, here: Result, there: Result, wanted: Sequence[str]) -> dict[str, Any]:
    asked_from, found = _who_asked(here, there)
    problem, remedy = _problem(here, there)
    verdict = "unreachable" if here.get("unreachable") else "unknown"
    results = [*found.get("results", ())] or [_nothing(one, verdict) for one in wanted or [""]]
    if asked_from != "nobody" and not found["results"]:
        nothing = "no address is declared, and none was found"
        problem, remedy = "; ".join(filter(None, (problem, nothing))), NO_ADDRESS
    passing = [
        family
        for family in FAMILIES
        if {row["verdict"] for row in results if row["family"] == family} == {"pass"}
    ]
    return {
        "host": host,
        "direct": all(row["verdict"] == "pass" for row in results),
        "families": passing,
        "asked_from": asked_from,
        "problem": problem,
        "remedy": remedy,
        "results": results,
        "smarthost": [*found.get("smarthost", ())],
    }


def _who_asked(here: Result, there: Result) -> tuple[str, Result]:
    if "results" in here:
        return "host", here
    return ("controller", there) if "results" in there else ("nobody", {})


def _problem(here: Result, there: Result) -> tuple[str, str]:
    """Return why the host could not be asked, and what to do; both empty if it was."""
    if "results" in here:
        return "", ""
    said = f"on the host: {_words(here)}"
    if here.get("unreachable"):
        return f"cannot be reached: {_words(here)}", UNREACHABLE
    if "results" in there:
        return f"asked from the controller; {said}", ""
    remedy = NO_DNSPYTHON if "dnspython" in _words(there) else NOT_ASKED
    return f"nobody could ask; {said}; on the controller: {_words(there)}", remedy


def _words(result: Result) -> str:
    words = result.get("msg") or result.get("module_stderr") or "no answer"
    if "dnspython" in str(words):
        return "dnspython is missing"
    return " ".join(str(words).split()).removeprefix("Task failed: ").rstrip(".")[:400]


def _nothing(address: str, verdict: str) -> dict[str, Any]:
    """Return the row of an address, or of none, that nobody asked about."""
    family = ("ipv6" if ":" in address else "ipv4") if address else ""
    return {"address": address, "family": family, "verdict": verdict, "diagnosis": "not_asked"}


class FilterModule:
    """Tells Ansible the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return name -> function."""
        return {"fleet_report": fleet_report}

# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands against a rollout, which host comes when, and the summary that is read before it."""

from __future__ import annotations

from typing import Any

DOCUMENTATION = r"""
name: rollout_plan
short_description: What stands against a rollout, and the summary that is read before it
description:
  - Reads a row a host, with what C(ptrgate rollout look) told (C(look)), the release that the host
    is to have (C(release)), what it would change (C(differences)), the packages it lacks
    (C(missing)), its C(site), whether it is a C(canary), and who looks at it from C(outside).
positional: _input, alone, disk_mb, oldest
options:
  _input:
    description: A row a host.
    type: list
    elements: dict
    required: true
  alone:
    description: Whether the operator confirmed that a site with one server may be without it.
    type: bool
    default: false
  disk_mb:
    description: How much room there must be.
    type: int
    default: 200
  oldest:
    description: How many seconds the oldest message in a queue may be old.
    type: int
    default: 86400
"""

EXAMPLES = r"""
- name: Refuse a rollout that something stands against
  ansible.builtin.assert:
    that: (rows | rollout_plan).problems | length == 0
"""

RETURN = r"""
_value:
  description:
    - C(problems), sentences; C(parts), host to V(done), V(first) or V(rest); C(summary), lines.
  type: dict
"""

Row = dict[str, Any]
SHOWN = 12  # differences of a host that are listed
TERMS = {"alone": False, "disk_mb": 200, "oldest": 86400}


def parts(rows: list[Row]) -> dict[str, str]:
    """Return when each host comes; without a canary by label, the first one is."""
    labelled = [row["host"] for row in rows if row["canary"]] or [row["host"] for row in rows[:1]]
    return {row["host"]: _part(row, labelled) for row in rows}


def _part(row: Row, canaries: list[str]) -> str:
    look = row["look"] or {}
    if look.get("release") == row["release"] and not look.get("armed"):
        return "done"
    return "first" if row["host"] in canaries else "rest"


def _ill(row: Row, terms: dict[str, Any]) -> list[str]:
    """Say what stands against changing one host."""
    look = row["look"]
    if not look:
        return [f"it cannot be asked ({row['why']}); a first release is brought by site.yml"]
    wrong = [] if look["whole"] else ["what is in use there holds no settings: site.yml first"]
    wrong += [f"the milter does not answer: {look['milter']}"] if look["milter"] else []
    free, queue = look["disk_mb"], look["queue"]
    wrong += [f"{free} MB free, wanted {terms['disk_mb']}"] if free < terms["disk_mb"] else []
    if queue["oldest"] > terms["oldest"]:
        wrong.append(f"a message waits for {queue['oldest'] // 3600} h: see `mailq` why")
    if row["missing"]:
        names = ", ".join(row["missing"])
        wrong.append(f"packages are missing ({names}): a rollout installs none, site.yml does")
    if not row["outside"]:
        wrong.append("nobody looks at it from outside: rollout_outside names who, or localhost")
    return wrong


def lonely(rows: list[Row]) -> list[str]:
    """Return the hosts without which their site has no other server that is well."""
    well: dict[str, list[str]] = {}
    for row in rows:
        if row["look"] and not row["look"]["milter"]:
            well.setdefault(row["site"], []).append(row["host"])
    return [row["host"] for row in rows if not set(well.get(row["site"], [])) - {row["host"]}]


def _line(row: Row, part: str) -> list[str]:
    look = row["look"] or {"release": "?", "postfix": "?", "disk_mb": 0, "queue": {}, "counted": {}}
    queue, gate = look["queue"], (look.get("counted") or {}).get("gate") or "?"
    line = (
        f"{row['host']:<20} {row['site']:<10} {part:<5}  {look['release']} -> {row['release']}"
        f"  Postfix {look['postfix']}, mail leaves: {gate}, {look['disk_mb']} MB free,"
        f" {queue.get('waiting', '?')} waiting"
    )
    shown = [f"    {one}" for one in row["differences"][:SHOWN]]
    more = len(row["differences"]) - SHOWN
    return [line, *shown, *([f"    and {more} more"] if more > 0 else [])]


def rollout_plan(rows: list[Row], **given: Any) -> dict[str, Any]:
    """Return problems, the part of each host, and the summary."""
    terms, when = TERMS | given, parts(rows)
    problems = [f"{row['host']}: {one}" for row in rows for one in _ill(row, terms)]
    if not terms["alone"]:
        problems += [
            f"{host}: its site would be without a server while it changes. Confirm that with"
            " -e rollout_alone=true, or give hosts their rollout_site"
            for host in lonely(rows)
            if when[host] != "done"
        ]
    summary = [line for row in rows for line in _line(row, when[row["host"]])]
    return {"problems": problems, "parts": when, "summary": summary}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"rollout_plan": rollout_plan}

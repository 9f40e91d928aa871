# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts reported, added up over the fleet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..judge.words import Action
from .reported import Exemption, Host

ORDER = tuple(action.value for action in Action)


@dataclass(frozen=True, slots=True)
class Worst:
    """An organisation over all hosts, in sessions."""

    name: str
    refuse: int
    defer: int
    hosts: int
    findings: str


def by_day(hosts: Sequence[Host]) -> dict[str, Counter[str]]:
    """Return the sessions of each day by finding."""
    sums: dict[str, Counter[str]] = {}
    for host in hosts:
        for day, findings in host.days.items():
            for finding, actions in findings.items():
                sums.setdefault(day, Counter())[finding] += sum(actions.values())
    return dict(sorted(sums.items()))


def together(hosts: Sequence[Host]) -> list[tuple[str, int]]:
    """Return the sessions by what was done; a word of another release comes last."""
    names = {
        name for host in hosts for day in host.days.values() for one in day.values() for name in one
    }
    order = [*ORDER, *sorted(names - {*ORDER})]
    sums = [(action, sum(host.sessions(action) for host in hosts)) for action in order]
    return [(action, number) for action, number in sums if number]


def worst(hosts: Sequence[Host]) -> list[Worst]:
    """Return the organisations, those that were refused most first."""
    refused: Counter[str] = Counter()
    deferred: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    findings: dict[str, set[str]] = {}
    for host in hosts:
        for one in host.organisations:
            refused[one.name] += one.refuse
            deferred[one.name] += one.defer
            seen[one.name] += 1
            findings.setdefault(one.name, set()).update(one.findings)
    rows = [
        Worst(name, refused[name], deferred[name], seen[name], ", ".join(sorted(findings[name])))
        for name in findings
    ]
    return sorted(rows, key=lambda row: (-row.refuse, -row.defer, row.name))


def ending(hosts: Sequence[Host], days: int) -> list[tuple[Exemption, str]]:
    """Return the exemptions that end within so many days or have ended, and on which hosts."""
    names: dict[Exemption, list[str]] = {}
    for host in hosts:
        for one in host.exemptions:
            if one.days_left <= days:
                names.setdefault(one, []).append(host.name)
    order = sorted(names, key=lambda one: (one.days_left, one.identity))
    everywhere = len(hosts)
    return [
        (one, "all" if len(names[one]) == everywhere else " ".join(names[one])) for one in order
    ]

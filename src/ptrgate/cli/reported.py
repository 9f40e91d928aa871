# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host reported, read with care: it came over the network, and the host may be broken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Days = dict[str, dict[str, dict[str, int]]]  # day -> finding -> action -> sessions


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whom the policy hit, in sessions."""

    name: str
    refuse: int
    defer: int
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exemption:
    """One that ends, or has ended."""

    identity: str
    who: str
    owner: str
    reason: str
    expires: str
    days_left: int


@dataclass(frozen=True, slots=True)
class Move:
    """What the gate did at a time (Unix)."""

    at: float
    event: str
    rung: str
    before: str


@dataclass(frozen=True, slots=True)
class Host:
    """Some days of a host; ``missing`` says why there is nothing of it."""

    name: str
    missing: str = ""
    days: Days = field(default_factory=dict)
    organisations: tuple[Organisation, ...] = ()
    left_out: int = 0
    exemptions: tuple[Exemption, ...] = ()
    moves: tuple[Move, ...] = ()
    rung: str = ""
    policy: str = ""
    mode: str = ""
    most_within: float | None = None
    errors: int = 0
    queued: int | None = None
    certificate_days: float | None = None

    def sessions(self, action: str = "") -> int:
        """Count the sessions, all of them or those that ended so."""
        return sum(
            number
            for findings in self.days.values()
            for actions in findings.values()
            for name, number in actions.items()
            if action in ("", name)
        )


def answered(name: str, result: Mapping[str, Any]) -> Host:
    """Return what a host told Ansible: the result of its command, ``ptrgate report --json``."""
    if result.get("rc") != 0:
        words = result.get("stderr") or result.get("msg") or "it could not be asked"
        return Host(name, str(words))
    try:
        return read(name, json.loads(result["stdout"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Host(name, f"its report cannot be read: {error!r}")


def read(name: str, data: Mapping[str, Any]) -> Host:
    """Return a host's facts; raises KeyError, TypeError, ValueError, AttributeError."""
    week, now = data["week"], data["now"]
    queue = now["queue"] or {"messages": None, "certificate_days": {}}
    bound = data["judging"]["most_within"]
    return Host(
        name=name,
        days={
            str(day): {
                str(finding): {str(action): int(n) for action, n in actions.items()}
                for finding, actions in findings.items()
            }
            for day, findings in week["days"].items()
        },
        organisations=tuple(_organisation(one) for one in week["organisations"]),
        left_out=int(week["organisations_left_out"]),
        exemptions=tuple(_exemption(one) for one in data["exemptions"]),
        moves=tuple(_move(one) for one in data["moves"]),
        rung=str(now["gate"]["rung"]) if now["gate"] else "",
        policy=str(now["policy"]["digest"]),
        mode=str(now["policy"]["mode"]),
        most_within=None if bound is None else float(bound),
        errors=int(now["errors"]),
        queued=None if queue["messages"] is None else sum(map(int, queue["messages"].values())),
        certificate_days=min(map(float, queue["certificate_days"].values()), default=None),
    )


def _organisation(data: Mapping[str, Any]) -> Organisation:
    findings = tuple(map(str, data["findings"]))
    return Organisation(str(data["name"]), int(data["refuse"]), int(data["defer"]), findings)


def _exemption(data: Mapping[str, Any]) -> Exemption:
    names = ("id", "who", "owner", "reason", "expires")
    identity, who, owner, reason, expires = (str(data[name]) for name in names)
    return Exemption(identity, who, owner, reason, expires, int(data["days_left"]))


def _move(data: Mapping[str, Any]) -> Move:
    return Move(float(data["at"]), str(data["event"]), str(data["to"]), str(data["from"]))

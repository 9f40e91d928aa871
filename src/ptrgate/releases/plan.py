# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of release does to this host: pure, from what both say and what is there."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from .postconf import KINDS, ONLY_AT_START, Row, Values, asked

# By these Postfix asks the gate before mail leaves, and mail that it holds has no way out.
_GATE = {
    "sender_dependent_default_transport_maps": "/var/lib/ptrgate/outbound.pcre",
    "master_service_disable": "hold/unix",
}
_DOOR, _MILTER = "ptrgate-dns.service", "ptrgate-milter.service"
_SOCKET = "ptrgate-milter.socket"
# Its supervisor keeps workers of the old release if new ones are not fit, or too slow to begin. On
# the way back the old ones are what is wrong; clients wait in the socket while it starts anew.
RELOAD = ("systemctl", "reload", _MILTER)
RESTART = ("systemctl", "restart", _MILTER)
_ANEW = ("ptrgate-page.service", "ptrgate-requests.service", "ptrgate-share.service")
_RECHECK = "ptrgate-recheck.service"
_EVER = {"ptrgate-page.service", "ptrgate-gate.timer"}  # what every release of the first kind ran
_NUMBERS, _LIMITS = "ptrgate-metrics.socket", "ptrgate-limit.service"
_GATES_PROOF = "ptrgate-gate.service"
_NGINX = "etc/nginx/sites-available/ptrgate.conf"
_UNBOUND = "etc/unbound/unbound.conf.d/ptrgate.conf"

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """What differs between the release that was and the one that is to be, by name."""

    settings: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()  # units that ran
    after: frozenset[str] = frozenset()  # units that are to run
    known: bool = True  # whether both say which


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> frozenset[str]:
    """Return the names whose content is another, or that only one side has."""
    return frozenset(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def opens(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say how a release would let mail past the gate that holds it now; nothing if it does not."""
    for name, words in _GATE.items():
        now, then = (str(one.get("parameters", {}).get(name) or "") for one in (before, after))
        if words in now and words not in then:
            return f"it would take the gate away: {name} would be {then!a}, without {words}"
    return ""


def rows(
    found: Mapping[str, Values], before: Mapping[str, Any], after: Mapping[str, Any],
    record: Values, unknown: Set[str] = frozenset(),
) -> list[Row]:  # fmt: skip
    """Return what Postfix has to be told so that ``after`` holds and nothing of ``before`` stays.

    ``found`` is kind -> name -> what the host has, ``record`` what names had when they were first
    met: a name that ``after`` says nothing of gets that again.
    """
    told: list[Row] = []
    for kind in KINDS:
        wanted = asked(after.get(kind, {}))
        left = before.get(kind, {}).keys() - wanted.keys()
        wanted |= {name: record[name] for name in sorted(left) if name in record}
        told += [Row(kind, name, found[kind].get(name), value) for name, value in wanted.items()]
    return [row for row in told if row.now != row.wanted and row.name not in unknown]


def forgotten(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names that are ours no more."""
    return sorted(
        name for kind in KINDS for name in before.get(kind, {}).keys() - after.get(kind, {}).keys()
    )


def stopped(sides: Sides) -> list[str]:
    """Return the units that ran and are to run no more."""
    return sorted(sides.before - sides.after) if sides.known else []


def restarts(sides: Sides) -> list[Command]:
    """Return the commands that bring a changed release into use, in their order.

    Each is tried even where one before it failed. The milter's supervisor replaces its workers one
    by one, unless units changed; whatever holds its settings in memory is told of them. A help host
    of its own has a page and no mail.
    """
    system = "systemctl"
    done: list[Command] = [(system, "try-restart", unit) for unit in _ANEW if _runs(sides, unit)]
    done += [(system, "stop", _RECHECK)]
    if judges(sides):
        done = [(system, "restart", _DOOR), _milter(sides.units), *done]
        done += [(system, "stop", _NUMBERS), (system, "start", _NUMBERS)]
    changed = "etc/postfix/ptrgate_limits.yaml" in sides.settings or _LIMITS in sides.units
    if changed and _runs(sides, _LIMITS):
        done += [(system, "try-restart", _LIMITS)]
    done += [(system, "try-restart", timer) for timer in _timers(sides) if _runs(sides, timer)]
    if _UNBOUND in sides.settings:
        done += [("unbound-checkconf",), (system, "restart", "unbound.service")]
    if _NGINX in sides.settings:
        done += [("nginx", "-t", "-q"), (system, "reload", "nginx.service")]
    running = sides.after if sides.known else ()
    done += [(system, "start", unit) for unit in sorted(running) if unit.endswith(".timer")]
    return [*done, *([(system, "start", "--no-block", _GATES_PROOF)] if judges(sides) else [])]


def postfix(changed: Set[str]) -> list[Command]:
    """Return the commands that bring Postfix's changed parameters into use."""
    anew = ("systemctl", "restart", "postfix.service")
    return [("postfix", "check"), anew if changed & ONLY_AT_START else ("postfix", "reload")]


def _runs(sides: Sides, unit: str) -> bool:
    """Tell whether a unit is to run; systemctl fails for one that is not there."""
    return unit in (sides.after if sides.known else _EVER)


def judges(sides: Sides) -> bool:
    """Tell whether this host takes mail; one whose release does not say so does."""
    return not sides.known or _MILTER in sides.after


def _milter(units: Set[str]) -> Command:
    if _SOCKET in units:
        return ("systemctl", "restart", _SOCKET)
    return RESTART if units & {_MILTER, _DOOR, "ptrgate-dns.socket"} else RELOAD


def _timers(sides: Sides) -> list[str]:
    below = "etc/systemd/system/"
    dropped = {path[len(below) :].partition(".d/")[0] for path in sides.settings if below in path}
    return sorted(name for name in dropped | sides.units if name.endswith(".timer"))

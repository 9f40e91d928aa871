# SPDX-License-Identifier: GPL-3.0-or-later
"""What the walk down the delegations adds to a diagnosis: what exactly is broken, and whose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from ..judge.answers import Lookup
from ..judge.names import labels
from ..judge.trail import Charge, Held, Trail
from ..judge.words import Diagnosis
from .diagnose import Diagnosed

NAMELESS = frozenset({Diagnosis.NO_PTR, Diagnosis.IPV6_WITHOUT_PTR})
FORWARD = frozenset({Diagnosis.FORWARD_MISSING, Diagnosis.FORWARD_MISMATCH})
NOTHING_TO_ASK = frozenset({Diagnosis.OK, Diagnosis.DNS_FAILURE, Diagnosis.NOT_PUBLIC})
OUR_NAME = "<the name of our mail server>"


class World(Lookup, Protocol):
    """The authoritative servers; ``trails`` are those of the last check, the PTR's first."""

    trails: list[Trail]

    def charge(self, name: str) -> Charge | None:
        """Return who is in charge of the zone that holds a name."""

    def held(self, pointer: str, servers: tuple[str, ...]) -> tuple[Held, ...]:
        """Return what these servers have of a PTR record, asked or not by the world."""


@dataclass(frozen=True, slots=True)
class Case:
    """Whom to ask, and for which records (master file lines); the first of the trails is the PTR's.

    ``held`` are servers that have the record although the world does not ask them.
    """

    trails: tuple[Trail, ...] = ()
    charge: Charge | None = None
    held: tuple[Held, ...] = ()
    records: tuple[str, ...] = ()

    @property
    def trail(self) -> Trail | None:
        """The way to the PTR record."""
        return self.trails[0] if self.trails else None


def refine(
    found: Diagnosed, trail: Trail, held: tuple[Held, ...], *, lacks_alias: bool = False
) -> Diagnosed:
    """Say more exactly why there is no name, if the delegations tell.

    ``lacks_alias``: the zone that has the record is delegated, and no CNAME leads into it.
    """
    nameless = found.diagnosis in NAMELESS
    is_alias = len(trail.chain) > 1 and (nameless or trail.is_lame)
    if is_alias or trail.is_loop or (nameless and lacks_alias):
        return replace(found, diagnosis=Diagnosis.BROKEN_CLASSLESS_DELEGATION)
    if trail.is_lame:
        return replace(found, diagnosis=Diagnosis.LAME_DELEGATION)
    if nameless and held:
        return replace(found, diagnosis=Diagnosis.PTR_NOT_DELEGATED)
    return found


def inquire(
    found: Diagnosed, world: World, helo: str, own: tuple[str, ...]
) -> tuple[Diagnosed, Case]:
    """Refine what the world's own servers said, and find out who can change it.

    ``own`` are servers of ours that may have the record; with ``helo``, those of its zone too.
    """
    trails = tuple(world.trails)
    trail = trails[0]
    held: tuple[Held, ...] = ()
    if found.diagnosis in NAMELESS or trail.is_lame:
        ours = world.charge(helo) if helo else None
        held = world.held(trail.chain[-1], (*own, *(ours.nameservers if ours else ())))
    strayed = [h for h in held if h.owner != trail.chain[-1]]
    lacks_alias = bool(strayed) and _is_delegated(strayed[0].zone, world)
    found = refine(found, trail, held, lacks_alias=lacks_alias)
    if found.diagnosis in NOTHING_TO_ASK:
        return found, Case(trails)
    charge = world.charge(_where(found, trail))
    records = _records(found, trail, charge, held, helo)
    return found, Case(trails, charge, held, records)


def _is_delegated(zone: str, world: World) -> bool:
    charge = world.charge(zone)
    return charge is not None and charge.zone == zone


def _where(found: Diagnosed, trail: Trail) -> str:
    """Return the name whose zone has to change."""
    if found.diagnosis in FORWARD:
        return found.name
    if trail.is_lame:
        return ".".join(labels(trail.zone)[1:])  # what delegates it, and may not be in the trail
    return trail.zone if trail.is_loop else trail.chain[-1]


def _records(
    found: Diagnosed, trail: Trail, charge: Charge | None, held: tuple[Held, ...], helo: str
) -> tuple[str, ...]:
    """Return the lines that the zone in charge would have to publish."""
    if found.diagnosis in FORWARD:
        kind = "AAAA" if ":" in found.address else "A"
        return (f"{found.name}. {kind} {found.address}",)
    aliases = {f"{trail.chain[-1]}. CNAME {h.owner}." for h in held if h.owner != trail.chain[-1]}
    if found.diagnosis is Diagnosis.PTR_NOT_DELEGATED:
        below = [h for h in held if charge and h.zone.endswith("." + charge.zone)]
        zones = {f"{h.zone}. NS {h.server}." for h in below if not _is_address(h.server)}
        return (*sorted(zones), *sorted(aliases)) or _pointers(trail, held[0].names)
    if aliases:
        return tuple(sorted(aliases))
    if trail.is_lame and held:
        return tuple(f"{trail.zone}. NS {h.server}." for h in held if not _is_address(h.server))
    return _pointers(trail, (helo,) if helo else ())


def _pointers(trail: Trail, names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(f"{name}." for name in names) or (OUR_NAME,)
    return tuple(f"{trail.chain[0 if trail.is_loop else -1]}. PTR {name}" for name in wanted)


def _is_address(server: str) -> bool:
    return ":" in server or server.replace(".", "").isdigit()

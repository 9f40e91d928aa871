# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof: what several witnesses find for each egress address, as receiving servers would.

The one way from an address to its diagnosis; ``own_ptr_info``, ``ptrgate gate`` and ``ptrgate
check --walk`` all go it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..diagnosis.advice import About, Advice, on_names, on_servers
from ..diagnosis.delegation import Case, World, inquire
from ..diagnosis.diagnose import Diagnosed, diagnose
from ..judge.addresses import parse
from ..judge.answers import Answer, AnswerStatus, Lookup
from ..judge.noting import Noting
from ..judge.words import Diagnosis
from .egress import Egress
from .quorum import Place, Witness, conclude, why_unknown
from .verdict import VERDICTS, Family, Verdict, together


@dataclass(frozen=True, slots=True)
class Panel:
    """Who is asked. ``unchecked`` is the local resolver told not to validate DNSSEC.

    ``helo`` is the name this host says of itself, ``own_servers`` are name servers of ours (names
    or addresses) that may hold a reverse zone. ``clock`` and ``stopwatch`` give seconds.
    """

    local: Lookup | None = None
    unchecked: Lookup | None = None
    independent: Mapping[str, Lookup] = field(default_factory=dict)
    world: World | None = None
    helo: str = ""
    own_servers: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    stopwatch: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Proof:
    """One egress address, what was found, and the evidence. ``at`` is Unix seconds."""

    egress: Egress
    found: Diagnosed
    witnesses: tuple[Witness, ...] = ()
    case: Case = field(default_factory=Case)
    advice: tuple[Advice, ...] = ()
    reason: str = ""
    at: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """Say whether mail may leave from here."""
        return VERDICTS[self.found.diagnosis]


def prove(egress: Iterable[Egress], panel: Panel) -> tuple[Proof, ...]:
    """Judge every address with the engine and its default policy; never raises for DNS."""
    return tuple(_prove(one, panel) for one in egress)


def by_family(proofs: Iterable[Proof]) -> Mapping[Family, Verdict]:
    """Return one verdict for each family that has an egress address."""
    found: dict[Family, list[Verdict]] = {}
    for proof in proofs:
        found.setdefault(proof.egress.family, []).append(proof.verdict)
    return {family: together(verdicts) for family, verdicts in found.items()}


def refused(proofs: Iterable[Proof]) -> frozenset[Family]:
    """Return the families whose failures are all concluded from refusals."""
    failed = [proof for proof in proofs if proof.verdict is Verdict.FAIL]
    families = {proof.egress.family for proof in failed}
    return frozenset(families - {p.egress.family for p in failed if not p.found.is_inferred})


def _prove(egress: Egress, panel: Panel) -> Proof:
    at = panel.clock()
    local, is_bogus = _local(egress.address, panel)
    if local and local.found.diagnosis is Diagnosis.NOT_PUBLIC:
        return Proof(egress, local.found, at=at)
    world, case = _world(egress.address, panel)
    others = [
        _ask(egress.address, lookup, who, Place.INDEPENDENT, panel)
        for who, lookup in panel.independent.items()
    ]
    witnesses = [witness for witness in (world, local, *others) if witness]
    found = conclude(witnesses, is_bogus=is_bogus)
    if world and world.verdict is not VERDICTS[found.diagnosis]:
        case = Case(case.trails)  # what it would ask for is not what was found
    reason = why_unknown(witnesses, is_bogus=is_bogus)
    advice = (*_on_witnesses(witnesses, is_bogus=is_bogus), *_advice(found, case, panel))
    return Proof(egress, found, tuple(witnesses), case, advice, reason, at)


def _ask(address: str, lookup: Lookup, who: str, place: Place, panel: Panel) -> Witness:
    began, noting = panel.stopwatch(), Noting(lookup)
    found = diagnose(address, noting)
    milliseconds = round((panel.stopwatch() - began) * 1000)
    return Witness(who, place, found, tuple(noting.noted), milliseconds)


def _local(address: str, panel: Panel) -> tuple[Witness | None, bool]:
    """Ask the local resolver; where it fails, tell wrong DNSSEC signatures from a cold cache."""
    if not panel.local:
        return None, False
    said = _ask(address, panel.local, "local resolver", Place.LOCAL, panel)
    if said.found.diagnosis is not Diagnosis.DNS_FAILURE or not panel.unchecked:
        return said, False
    hidden = _ask(address, panel.unchecked, "local resolver", Place.LOCAL, panel)
    if hidden.found.diagnosis is Diagnosis.DNS_FAILURE:
        return said, False
    again = _ask(address, panel.local, "local resolver", Place.LOCAL, panel)
    return again, again.found.diagnosis is Diagnosis.DNS_FAILURE


def _world(address: str, panel: Panel) -> tuple[Witness | None, Case]:
    if not panel.world:
        return None, Case()
    said = _ask(address, panel.world, "authoritative servers", Place.WORLD, panel)
    if said.found.diagnosis is Diagnosis.NOT_PUBLIC:
        return said, Case()
    found, case = inquire(said.found, panel.world, panel.helo, panel.own_servers)
    is_torn = VERDICTS[found.diagnosis] is Verdict.UNKNOWN and any(t.differs for t in case.trails)
    return replace(said, found=found, is_torn=is_torn), case


def _on_witnesses(witnesses: Sequence[Witness], *, is_bogus: bool) -> Iterable[Advice]:
    """Advise where resolvers say something else than the servers that are the source."""
    if is_bogus:
        yield Advice(About.DNSSEC_BOGUS, f"With DNSSEC, {why_unknown((), is_bogus=True)}.")
    speaking = [w for w in witnesses if w.verdict is not Verdict.UNKNOWN]
    world = next((w for w in speaking if w.place is Place.WORLD), None)
    for witness in speaking:
        if world and witness.verdict is not world.verdict:
            is_local = witness.place is Place.LOCAL
            about = About.SPLIT_HORIZON if is_local else About.OTHERS_DIFFER
            yield Advice(
                about,
                f"{witness.who.capitalize()}: {witness.found.diagnosis}; authoritative servers: "
                f"{world.found.diagnosis}. Either data of its own, or a change that is younger "
                "than its cache.",
            )


def _advice(found: Diagnosed, case: Case, panel: Panel) -> Iterable[Advice]:
    yield from on_names(found, panel.helo, _helo(found, panel))
    if case.trail:
        yield from on_servers(case.trail)


def _helo(found: Diagnosed, panel: Panel) -> Answer | None:
    """Ask for the address of the HELO name; None without one, or if nobody could say."""
    if not panel.helo:
        return None
    version = parse(found.address).version
    lookups = [lookup for lookup in (panel.local, panel.world) if lookup]
    answers = (lookup.addresses(panel.helo, version) for lookup in lookups)
    return next((one for one in answers if one.status is not AnswerStatus.FAILED), None)

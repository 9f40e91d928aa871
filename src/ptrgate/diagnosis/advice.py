# SPDX-License-Identifier: GPL-3.0-or-later
"""What is worth knowing and proves nothing: advice never opens or closes anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..judge.answers import Answer, AnswerStatus
from ..judge.names import canonical
from ..judge.trail import Asked, Trail
from ..judge.words import Diagnosis
from .diagnose import Diagnosed

_SHOWN = 60


class About(StrEnum):
    """What a piece of advice is about."""

    HELO_DIFFERS = "helo_differs"
    HELO_UNRESOLVED = "helo_unresolved"
    SEVERAL_NAMES = "several_names"
    GENERIC_NAME = "generic_name"
    SPLIT_HORIZON = "split_horizon"
    OTHERS_DIFFER = "others_differ"
    SERVERS_DIFFER = "servers_differ"
    LAME_SERVER = "lame_server"
    DNSSEC_BOGUS = "dnssec_bogus"


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice: a word for programs, a sentence for people."""

    about: About
    text: str


def on_names(found: Diagnosed, helo: str, resolved: Answer | None) -> Iterator[Advice]:
    """Advise on the names; ``resolved`` is what DNS says of the HELO name, if it was asked."""
    names = [seen.name for seen in found.judgement.iprev.names] if found.judgement else []
    if len(names) > 1:
        yield Advice(
            About.SEVERAL_NAMES,
            f"{found.address} has {len(names)} PTR names; one is enough, and some receivers look "
            "at the first only.",
        )
    if found.diagnosis is Diagnosis.OK and _is_generic(found):
        yield Advice(
            About.GENERIC_NAME,
            f"{_harmless(found.name)} contains its own address; some receivers take such a name "
            "for a customer's line. A name under your own domain is better.",
        )
    if helo and names and canonical(helo) not in names:
        yield Advice(
            About.HELO_DIFFERS,
            f"The host says HELO {helo}, and the PTR name is {_harmless(names[0])}. RFC 5321 asks "
            "for no match, but some receivers count it.",
        )
    if resolved and resolved.status in (AnswerStatus.NXDOMAIN, AnswerStatus.NODATA):
        kind = "IPv6 (AAAA)" if ":" in found.address else "IPv4 (A)"
        yield Advice(About.HELO_UNRESOLVED, f"The HELO name {helo} has no {kind} address in DNS.")


def on_servers(trail: Trail) -> Iterator[Advice]:
    """Advise on the servers of the reverse zone, where the world got an answer all the same."""
    if trail.differs:
        yield Advice(
            About.SERVERS_DIFFER,
            f"The name servers of {trail.zone} do not answer alike: "
            + "; ".join(f"{a.server} {' '.join(a.values) or a.reply}" for a in _at_the_end(trail)),
        )
    if not trail.is_lame:
        for asked in trail.lame_servers:
            yield Advice(
                About.LAME_SERVER,
                f"{asked.server or asked.address} is a name server of {asked.zone} and does not "
                f"serve it ({asked.reply}).",
            )


def _at_the_end(trail: Trail) -> Iterator[Asked]:
    return (asked for asked in trail.asked if asked.zone == trail.zone)


def _is_generic(found: Diagnosed) -> bool:
    dynamic = found.judgement.dynamic if found.judgement else None
    return dynamic is not None and any(e.rule.startswith("address.") for e in dynamic.evidence)


def _harmless(name: str) -> str:
    return "".join(c if "!" <= c <= "~" else "?" for c in name[:_SHOWN])

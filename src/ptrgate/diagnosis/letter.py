# SPDX-License-Identifier: GPL-3.0-or-later
"""The request as a message to forward: to whom, which zone, which record, what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ..judge.names import labels
from ..judge.trail import Asked, Charge, Said, Trail
from .delegation import Case
from .diagnose import Diagnosed
from .remedies import REMEDIES, remedy

SHOWN = 6
# the most labels of a zone that is no provider's: providers are given a /16 or longer, /29 of IPv6
ALLOCATED: dict[tuple[str, ...], int] = {("in-addr", "arpa"): 3, ("ip6", "arpa"): 8}


def letter(found: Diagnosed, case: Case, at: float) -> str:
    """Return the text, "" if nobody need be asked; ``at`` is Unix seconds.

    What comes from DNS is shown as printable ASCII, for a stranger may have written it.
    """
    if case.charge is None and not case.records:
        return ""
    return "\n".join(map(_harmless, _lines(found, case, at)))


def _lines(found: Diagnosed, case: Case, at: float) -> Iterator[str]:
    if case.charge and (addressee := _addressee(found, case.charge)):
        yield f"To: {addressee}"
    yield f"Subject: Reverse DNS of {found.address}"
    yield ""
    yield remedy(found.diagnosis, address=found.address, name=found.name).ask
    yield ""
    for record in case.records:
        yield f"Record: {record}"
    if case.charge:
        yield f"Zone: {case.charge.zone}"
        yield f"Name servers of the zone: {', '.join(case.charge.nameservers) or 'not known'}"
    for held in case.held:
        yield f"Has it, and is not asked: {held.server}, in its zone {held.zone}"
    if case.trail and case.trail.is_lame:
        yield f"Delegated in vain: {case.trail.zone} to {', '.join(case.trail.nameservers)}"
    yield f"Seen on {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC:"
    for trail in case.trails:
        if trail is case.trail or trail.chain[0] == found.name:
            yield from (f"  {line}" for line in _seen(trail))


def _addressee(found: Diagnosed, charge: Charge) -> str:
    """Return whom to write to: no registry listens to whoever is not its member."""
    if is_registrys(charge.zone):
        who = REMEDIES[found.diagnosis].who
        return f"{who[0].lower()}{who[1:]}; in {charge.zone} the registry changes it for them"
    return f"{charge.contact} (the contact of {charge.zone} in DNS)" if charge.contact else ""


def is_registrys(zone: str) -> bool:
    """Tell whether a zone is one in which registries delegate: a /8, an IPv6 /24, a TLD or more."""
    names = labels(zone)
    return len(names) <= 1 or len(names) <= ALLOCATED.get(names[-2:], 0)


def _seen(trail: Trail) -> Iterator[str]:
    """Show what the servers at the end of a walk said."""
    if len(trail.chain) > 1:
        yield " is an alias (CNAME) of ".join(trail.chain)
    last = [a for a in trail.asked if a.zone == trail.zone and a.said is not Said.REFERRAL]
    yield from map(_said, last[-SHOWN:])


def _said(asked: Asked) -> str:
    address = f" ({asked.address})" if asked.address else ""
    who = asked.server + address if asked.server else asked.address
    values = f": {' '.join(asked.values)}" if asked.values else ""
    return f"{who}, asked for {asked.question}: {asked.reply}{values}"


def _harmless(line: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in line[:400])

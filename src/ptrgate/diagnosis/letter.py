# SPDX-License-Identifier: GPL-3.0-or-later
"""The request as a message to forward: to whom, which zone, which record, what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ..judge.trail import Asked, Said, Trail
from .delegation import Case
from .diagnose import Diagnosed
from .remedies import remedy

SHOWN = 6


def letter(found: Diagnosed, case: Case, at: float) -> str:
    """Return the text, "" if nobody need be asked; ``at`` is Unix seconds.

    What comes from DNS is shown as printable ASCII, for a stranger may have written it.
    """
    if case.charge is None and not case.records:
        return ""
    return "\n".join(map(_harmless, _lines(found, case, at)))


def _lines(found: Diagnosed, case: Case, at: float) -> Iterator[str]:
    if case.charge and case.charge.contact:
        yield f"To: {case.charge.contact} (the contact of {case.charge.zone} in DNS)"
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

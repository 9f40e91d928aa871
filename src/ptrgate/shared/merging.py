# SPDX-License-Identifier: GPL-3.0-or-later
"""Exemptions that come from another host, or the controller, beside those of this one: pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..judge.policy import Policy
from . import vetting
from .grants import Grant


@dataclass(frozen=True, slots=True)
class Merged:
    """All exemptions afterwards, which of them are new, and why which were left out, by id."""

    grants: tuple[Grant, ...]
    new: tuple[str, ...]
    left_out: dict[str, str]


def merge(
    coming: Collection[Grant], ours: Collection[Grant], policy: Policy, today: date
) -> Merged:
    """Add what is not here yet. Raises Objection where one id means two things.

    What is over, what the inventory has already and what is here already is left out with a word.
    """
    here = {grant.exemption.id: grant for grant in ours}
    lasting = {exemption.id for exemption in policy.exemptions}
    kept, new, left_out = list(ours), [], {}
    for grant in coming:
        wanted = grant.exemption
        known = here.get(wanted.id)
        if known and known.exemption == wanted:
            left_out[wanted.id] = "is here already"
        elif wanted.id in lasting:
            left_out[wanted.id] = "is in the inventory"
        elif vetting.is_over(wanted, today):
            left_out[wanted.id] = f"ended with {wanted.expires}"
        else:
            vetting.object_to(wanted, kept, policy, today)
            vetting.object_to_width(wanted.network, wide=True)
            kept.append(grant)
            new.append(wanted.id)
    return Merged(tuple(kept), tuple(new), left_out)


def ended(grants: Collection[Grant], identity: str, today: date) -> tuple[Grant, ...]:
    """Return the exemptions with this one over since yesterday. Raises Objection."""
    live = [g.exemption.id for g in grants if not vetting.is_over(g.exemption, today)]
    if identity not in live:
        known = ", ".join(live) or "none"
        raise vetting.Objection(f"no exemption {identity} holds here; there is {known}")
    yesterday = today - timedelta(days=1)
    return tuple(
        replace(g, exemption=replace(g.exemption, expires=yesterday))
        if g.exemption.id == identity
        else g
        for g in grants
    )

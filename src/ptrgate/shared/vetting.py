# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an exemption that somebody wants may be made: pure, with the words for those who ask."""

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from ..judge.addresses import why_private
from ..judge.policy import Policy
from ..judge.terms import CONDITIONS, Exemption, Network
from .grants import Grant

MOST_DAYS = 90
KEPT_DAYS = 14  # an expired one is still listed, for who asks why mail is refused again

# the narrowest prefix that needs no thought, a company's network; and what would be the Internet
_USUAL = {4: 24, 6: 48}
_LEAST = {4: 8, 6: 16}
_ID_LENGTH = 36
_OURS = "this host"


class Objection(ValueError):  # noqa: N818 (it is what is said to the operator)
    """Why an exemption is not made; str() says what would be."""


def object_to(wanted: Exemption, grants: Collection[Grant], policy: Policy, today: date) -> None:
    """Raise Objection where the expiry, the id or the conditions of ``wanted`` will not do."""
    object_to_end(wanted, today)
    for origin, other in _others(grants, policy, today):
        if other.id == wanted.id:
            raise Objection(f"{origin} has an exemption {other.id} already; choose another --id")
        if _conditions(other) == _conditions(wanted) and not is_over(other, today):
            ends = f", until {other.expires}" if other.expires else ""
            again = f". For another end: ptrgate exempt remove {other.id}" * (origin == _OURS)
            raise Objection(f"{origin} has it already: exemption {other.id}{ends}{again}")


def object_to_end(wanted: Exemption, today: date) -> None:
    """Raise Objection where an exemption would end too late, or has ended."""
    last = today + timedelta(days=MOST_DAYS)
    if wanted.expires is None or not today <= wanted.expires <= last:
        raise Objection(
            f"it would end on {wanted.expires}; allowed: from today, {today}, to {last}, which is"
            f" {MOST_DAYS} days. What lasts longer belongs into the inventory (ptrgate_exemptions)"
        )


def object_to_width(network: Network | None, *, wide: bool) -> None:
    """Raise Objection where a network is nobody's alone, or wide without being called so."""
    if network is None:
        return
    version, length = network.version, network.prefixlen
    if length < _LEAST[version]:
        raise Objection(
            f"{network} is a large part of the Internet. To let everybody in for a while:"
            " ptrgate pause --hours 1 --reason WHY"
        )
    if length < _USUAL[version] and not wide:
        raise Objection(
            f"{network} holds {2 ** (network.max_prefixlen - length):,} addresses; more than a"
            f" /{_USUAL[version]} is let in only with --wide"
        )


def notes(wanted: Exemption, policy: Policy, today: date) -> Iterator[str]:
    """Yield what is worth knowing of an exemption that may be made."""
    network = wanted.network
    if network is None:
        return
    inside = [own for own in policy.own_networks if _within(network, own)]
    if inside:
        yield f"clients in {inside[0]} are never judged anyway: a network of our own"
    if why := why_private(network.network_address):
        yield f"{network} is {why}, and such clients are never judged anyway"
    for other in policy.exemptions:
        covers = other.by_address_alone and other.network and _within(network, other.network)
        if covers and (other.expires is None or other.expires >= today):
            yield f"the inventory's exemption {other.id} lets {other.network} in anyway"


def readable_id(wanted: Exemption, taken: Collection[str]) -> str:
    """Return an id made of the narrowest condition, with a number where it is taken."""
    network = wanted.network
    alone = network is not None and network.prefixlen == network.max_prefixlen
    where = str(network.network_address if alone and network else network or "")
    said = where or wanted.name_suffix or wanted.recipient or wanted.sender_domain
    base = re.sub(r"[^a-z0-9]+", "-", said.lower())[:_ID_LENGTH].strip("-") or "exemption"
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (base, *numbered) if name not in taken)


def pruned(grants: Collection[Grant], today: date) -> tuple[Grant, ...]:
    """Return the exemptions without those that expired long ago."""
    oldest = today - timedelta(days=KEPT_DAYS)
    return tuple(g for g in grants if g.exemption.expires and g.exemption.expires >= oldest)


def is_over(exemption: Exemption, today: date) -> bool:
    """Tell whether it has expired."""
    return exemption.expires is not None and exemption.expires < today


def _others(
    grants: Collection[Grant], policy: Policy, today: date
) -> Iterator[tuple[str, Exemption]]:
    for exemption in policy.exemptions:
        yield "the inventory (ptrgate_exemptions)", exemption
    for grant in grants:
        if not is_over(grant.exemption, today):
            yield _OURS, grant.exemption


def _conditions(exemption: Exemption) -> tuple[object, ...]:
    return tuple(getattr(exemption, name) for name in CONDITIONS)


def _within(network: Network, other: Network) -> bool:
    # subnet_of() raises TypeError for two families
    return (
        network.version == other.version
        and network.network_address in other
        and network.prefixlen >= other.prefixlen
    )

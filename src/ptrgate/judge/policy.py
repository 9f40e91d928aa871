# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy decides: what is done with a judged client, and by which rule."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from .addresses import parse, why_private
from .names import canonical, is_under
from .reading import BadPolicy, Problem, load
from .terms import Exemption, Policy
from .words import Action, Finding, Mode, Rule

if TYPE_CHECKING:
    from .finding import Judgement

__all__ = [
    "BadPolicy",
    "Decision",
    "Exemption",
    "Policy",
    "Problem",
    "before_lookup",
    "decide",
    "is_reachable",
    "load",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done, why, and what would be done had the rule not applied."""

    rule: str
    action: Action
    would: Action


def before_lookup(policy: Policy, address: str, *, today: date | None = None) -> Decision | None:
    """Decide from the address alone, or return None: then DNS must be asked.

    Raises ValueError if ``address`` is not an address.
    """
    client = parse(address)
    if any(client in network for network in policy.own_networks):
        return _accepted(Rule.OWN_NETWORK)
    if client in policy.own_addresses or why_private(client):
        return _accepted(Rule.PRIVATE_ADDRESS)
    for exemption in _in_force(policy, today):
        if exemption.by_address_alone and _covers(exemption, client):
            return _accepted(f"exemption:{exemption.id}")
    return None


def _accepted(rule: str, would: Action = Action.ACCEPT) -> Decision:
    return Decision(str(rule), Action.ACCEPT, would)


def decide(
    policy: Policy,
    judgement: "Judgement",
    *,
    sender: str | None = None,
    recipient: str | None = None,
    authenticated: bool = False,
    today: date | None = None,
) -> Decision:
    """Decide about a judged client, with what is known of its message so far.

    ``sender`` and ``recipient`` are envelope addresses, None while unknown. To be asked again
    whenever more is known, and always before a refusal is spoken.
    """
    client = parse(judgement.iprev.address)
    would = policy.action(judgement.finding, client.version)
    if judgement.finding is Finding.OK or would is Action.ACCEPT:
        return Decision(Rule.DEFAULT.value, would, would)
    if authenticated:
        return _accepted(Rule.AUTHENTICATED, would)
    for exemption in _in_force(policy, today):
        if _applies(exemption, client, judgement, sender, recipient):
            return _accepted(f"exemption:{exemption.id}", would)
    if recipient is not None and is_reachable(policy, recipient):
        return _accepted(Rule.POSTMASTER, would)
    if policy.mode is Mode.OBSERVE:
        return _accepted(Rule.OBSERVE, would)
    return Decision(Rule.DEFAULT.value, would, would)


def _in_force(policy: Policy, today: date | None) -> list[Exemption]:
    now = today or datetime.now(UTC).date()
    return [e for e in policy.exemptions if e.expires is None or now <= e.expires]


def _covers(exemption: Exemption, client: IPv4Address | IPv6Address) -> bool:
    return exemption.network is None or client in exemption.network


def _applies(
    exemption: Exemption,
    client: IPv4Address | IPv6Address,
    judgement: "Judgement",
    sender: str | None,
    recipient: str | None,
) -> bool:
    """Tell whether every condition of the exemption holds; one that is unknown does not."""
    suffix = exemption.name_suffix
    return (
        _covers(exemption, client)
        and (not suffix or any(is_under(name, suffix) for name in judgement.iprev.confirmed))
        and (not exemption.sender_domain or _domain(sender) == exemption.sender_domain)
        and (not exemption.recipient or _matches(recipient, exemption.recipient))
    )


def _bare(mailbox: str) -> str:
    """Return an envelope address in lower case without the angle brackets."""
    return mailbox.strip().removeprefix("<").removesuffix(">").strip().lower()


def _domain(mailbox: str | None) -> str:
    return canonical(_bare(mailbox or "").rpartition("@")[2])


def _matches(recipient: str | None, pattern: str) -> bool:
    """Match a recipient with a whole address ("a@b.example") or a domain ("b.example")."""
    if recipient is None:
        return False
    if "@" in pattern.removeprefix("@"):
        return _bare(recipient) == pattern
    return _domain(recipient) == pattern.removeprefix("@")


def is_reachable(policy: Policy, recipient: str) -> bool:
    """Tell whether mail to this recipient is taken from everybody (RFC 5321 section 4.5.1)."""
    localpart, at, domain = _bare(recipient).rpartition("@")
    if not at:  # "RCPT TO:<postmaster>", the one address without a domain
        return domain.strip('"') == "postmaster"
    if localpart.strip('"') not in policy.reachable_localparts:
        return False
    return canonical(domain) in policy.reachable_domains

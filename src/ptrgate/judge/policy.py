# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy decides: what is done with a judged client, and by which rule."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from .addresses import parse, why_private
from .names import canonical, is_under
from .reading import BadPolicy, Problem, load
from .terms import HOUR, Exemption, Policy
from .words import EXEMPTION, Action, Finding, Mode, Rule

if TYPE_CHECKING:
    from .finding import Judgement

__all__ = [
    "BadPolicy",
    "Circumstances",
    "Decision",
    "Exemption",
    "Policy",
    "Problem",
    "before_lookup",
    "decide",
    "domain_of",
    "is_reachable",
    "load",
    "shown_finding",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done, why, and what would be done had the rule not applied."""

    rule: str
    action: Action
    would: Action


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What this host knows at the moment, besides the policy and what DNS said of the client.

    ``remembered``: the address passed lately, so that it waits for no failed lookup, and is not
    refused at its first bad answer. ``breaker_open``: DNS is not believed, so nothing is refused
    for good. ``warned_for``: seconds since the client was first told to come again because of this
    finding, 0 if it never was. ``written_to``: our own users wrote to the domain that its mail
    claims to be from, which anybody may claim. ``paused``: the operator lets everybody in for a
    while. ``exemptions`` were made on the host at run time; ``today`` is the day they are tested
    for, None for this one.
    """

    remembered: bool = False
    breaker_open: bool = False
    warned_for: float = 0.0
    written_to: bool = False
    paused: bool = False
    exemptions: tuple[Exemption, ...] = ()
    today: date | None = None


ORDINARY = Circumstances()


def before_lookup(
    policy: Policy, address: str, circumstances: Circumstances = ORDINARY
) -> Decision | None:
    """Decide from the address alone, or return None: then DNS must be asked.

    Raises ValueError if ``address`` is not an address.
    """
    client = parse(address)
    if any(client in network for network in policy.own_networks):
        return _accepted(Rule.OWN_NETWORK)
    if client in policy.own_addresses or why_private(client):
        return _accepted(Rule.PRIVATE_ADDRESS)
    for exemption in policy.exemptions + circumstances.exemptions:
        alone = exemption.by_address_alone and _covers(exemption, client)
        if alone and _is_in_force(exemption, circumstances):
            return _accepted(f"{EXEMPTION}:{exemption.id}")
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
    circumstances: Circumstances = ORDINARY,
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
    for exemption in policy.exemptions + circumstances.exemptions:
        applies = _applies(exemption, client, judgement, sender, recipient)
        if applies and _is_in_force(exemption, circumstances):
            return _accepted(f"{EXEMPTION}:{exemption.id}", would)
    if recipient is not None and is_reachable(policy, recipient):
        return _accepted(Rule.POSTMASTER, would)
    if policy.mode is Mode.OBSERVE:
        return _accepted(Rule.OBSERVE, would)
    return _under(circumstances, policy, judgement, would)


def _under(
    circumstances: Circumstances, policy: Policy, judgement: "Judgement", would: Action
) -> Decision:
    """Decide where the policy holds; what the circumstances change is always milder."""
    if circumstances.paused:
        return _accepted(Rule.PAUSED, would)
    if circumstances.remembered and judgement.finding is Finding.DNS_FAILURE:
        return _accepted(Rule.REMEMBERED, would)
    if would is not Action.REFUSE:
        return Decision(Rule.DEFAULT.value, would, would)
    if circumstances.breaker_open:
        return Decision(Rule.BREAKER.value, policy.breaker_action, would)
    if circumstances.remembered:
        return Decision(Rule.REMEMBERED.value, Action.DEFER, would)
    rule = _first_told(circumstances, policy, judgement)
    return Decision(rule.value, would if rule is Rule.DEFAULT else Action.DEFER, would)


def _first_told(circumstances: Circumstances, policy: Policy, judgement: "Judgement") -> Rule:
    """Return the rule by which a client that is to be refused is told so first, or the default."""
    version = parse(judgement.iprev.address).version
    if circumstances.warned_for < policy.patience(judgement.finding, version):
        return Rule.WARNED
    if circumstances.written_to and circumstances.warned_for < HOUR * policy.written_to_hours:
        return Rule.WRITTEN_TO
    return Rule.DEFAULT


def shown_finding(decision: Decision, finding: Finding) -> Finding:
    """Return what the client is told: no finding that is not believed yet."""
    is_doubted = decision.rule in (Rule.BREAKER, Rule.REMEMBERED)
    return Finding.DNS_FAILURE if is_doubted else finding


def _is_in_force(exemption: Exemption, circumstances: Circumstances) -> bool:
    today = circumstances.today or datetime.now(UTC).date()
    return exemption.expires is None or today <= exemption.expires


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
        and (not exemption.sender_domain or domain_of(sender) == exemption.sender_domain)
        and (not exemption.recipient or _matches(recipient, exemption.recipient))
    )


def _bare(mailbox: str) -> str:
    """Return an envelope address in lower case without the angle brackets."""
    return mailbox.strip().removeprefix("<").removesuffix(">").strip().lower()


def domain_of(mailbox: str | None) -> str:
    """Return the domain of an envelope address in lower case; "." if there is none."""
    return canonical(_bare(mailbox or "").rpartition("@")[2])


def _matches(recipient: str | None, pattern: str) -> bool:
    """Match a recipient with a whole address ("a@b.example") or a domain ("b.example")."""
    if recipient is None:
        return False
    if "@" in pattern.removeprefix("@"):
        return _bare(recipient) == pattern
    return domain_of(recipient) == pattern.removeprefix("@")


def is_reachable(policy: Policy, recipient: str) -> bool:
    """Tell whether mail to this recipient is taken from everybody (RFC 5321 section 4.5.1)."""
    localpart, at, domain = _bare(recipient).rpartition("@")
    if not at:  # "RCPT TO:<postmaster>", the one address without a domain
        return domain.strip('"') == "postmaster"
    if localpart.strip('"') not in policy.reachable_localparts:
        return False
    return canonical(domain) in policy.reachable_domains

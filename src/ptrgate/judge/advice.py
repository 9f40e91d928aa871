# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy in order still costs or leaves open: for the operator to know, not to fear."""

from collections.abc import Iterator
from datetime import date
from itertools import product

from .kinds import URL_TAIL
from .refusal import Reply, reply
from .terms import Exemption, Policy
from .words import Action, Finding, Mode, RefuseAt

_LONGEST_ADDRESS = "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff"
_LONGEST_NAME = "x" * 253


def longest_replies(policy: Policy) -> list[Reply]:
    """Return what the worst name and address make of each sentence, the longest last."""
    url = policy.help_url + "/r/".ljust(URL_TAIL, "0") if policy.help_url else ""
    replies = [
        reply(
            finding,
            action=action,
            address=_LONGEST_ADDRESS,
            name=_LONGEST_NAME,
            url=url,
            refuse_at=policy.refuse_at,
        )
        for finding, action in product(Finding, (Action.DEFER, Action.REFUSE))
        if finding is not Finding.OK
    ]
    return sorted(replies, key=lambda each: len(str(each)))


def notes(policy: Policy, today: date) -> Iterator[str]:
    """Yield one sentence for each thing worth knowing."""
    if policy.mode is Mode.OBSERVE:
        yield "it only observes: nobody is refused or deferred"
    if policy.refuse_at is RefuseAt.MAIL:
        yield (
            'refuse_at = "mail": postmaster and abuse cannot be reached by a refused client, and'
            " exemptions by recipient never apply; RFC 7504 means 521 for another use"
        )
    elif not policy.reachable_domains:
        yield "reachable.domains is empty: only <postmaster> without a domain is reachable"
    if policy.total_seconds < policy.try_seconds:
        yield "lookup.total_seconds is less than lookup.try_seconds: one try may take it all"
    if not policy.canaries:
        yield (
            "breaker.canaries is empty: only this host's own addresses can show that the resolver"
            " lies"
        )
    elif policy.breaker_action is Action.ACCEPT:
        yield 'breaker.action = "accept": while the resolver is not believed, everybody is let in'
    for exemption in policy.exemptions:
        yield from _about(exemption, today)


def _about(exemption: Exemption, today: date) -> Iterator[str]:
    name = f"exemption {exemption.id}"
    if exemption.expires is not None and exemption.expires < today:
        yield f"{name} expired on {exemption.expires}"
    missing = [key for key in ("owner", "reason", "expires") if not getattr(exemption, key)]
    if missing:
        yield f"{name} has no {', no '.join(missing)}"
    if exemption.sender_domain and not (exemption.network or exemption.name_suffix):
        yield f"{name} believes the sender domain alone, which anybody may write"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mail of ours reaches us even from a refused server: the policy knows, nobody else."""

from __future__ import annotations

from collections.abc import Iterator

from ..judge.policy import Policy, is_reachable
from ..judge.words import RefuseAt
from .settings import Settings
from .text import Words


def promises(policy: Policy, settings: Settings, words: Words) -> Iterator[str]:
    """Yield the sentences above the contact; none promises what the policy does not hold."""
    said = words.table("contact")
    yield said["lead"]
    if policy.refuse_at == RefuseAt.MAIL:
        yield said["refused_too"]
        return
    email = settings.contact.email
    wanted = dict.fromkeys([email, *(f"postmaster@{domain}" for domain in settings.domains)])
    open_to_all = [address for address in wanted if is_reachable(policy, address)]
    if open_to_all:
        yield said["never_refused"].format(addresses=", ".join(open_to_all))
    if email not in open_to_all:
        yield said["elsewhere"].format(addresses=email)

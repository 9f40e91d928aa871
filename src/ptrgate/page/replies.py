# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences of the SMTP dialogue, as ``judge.refusal`` speaks them."""

from __future__ import annotations

from collections.abc import Iterator

from ..judge.policy import Policy
from ..judge.refusal import reply
from ..judge.token import Notice
from ..judge.words import Action, Finding
from .places import EXAMPLE_ADDRESS, EXAMPLE_NAME, UNKNOWN_NAME


def told(notice: Notice) -> Action:
    """Return what the client was told: a failed lookup is deferred whatever the policy says."""
    is_softened = notice.finding == Finding.DNS_FAILURE and notice.action == Action.REFUSE
    return Action.DEFER if is_softened else notice.action


def spoken(policy: Policy, notice: Notice, url: str, name: str = UNKNOWN_NAME) -> str:
    """Return the whole line that ``notice`` stands for, or "" where nothing was said."""
    if notice.finding == Finding.OK or notice.action not in (Action.REFUSE, Action.DEFER):
        return ""
    said = reply(
        notice.finding,
        action=notice.action,
        address=notice.address,
        name=name,
        url=url,
        refuse_at=policy.refuse_at,
    )
    return str(said)


def sentences(policy: Policy, help_url: str) -> Iterator[tuple[Finding, str]]:
    """Yield every finding that is spoken of, with its sentence about the example."""
    for finding in Finding:
        notice = Notice(0, finding, Action.REFUSE, EXAMPLE_ADDRESS)
        said = spoken(policy, notice, f"{help_url}/r/...", EXAMPLE_NAME)
        if said:
            yield finding, said

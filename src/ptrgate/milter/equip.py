# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a worker what it judges with: the policy and keys it was handed, real DNS, the journal."""

import os
from functools import partial

from ..judge import policy as policies
from ..judge.finding import Judgement, judge
from ..judge.policy import Policy
from ..judge.token import Keys
from ..lookup.resolver import Resolver
from ..lookup.servers import system_nameservers
from .notify import Level, say
from .setting import Setting


def read_setting(policy_text: str, keys_text: str, *, source: str) -> Setting:
    """Build the setting of this process; raises BadPolicy or BadKeys."""
    policy = policies.load(policy_text, source=source)
    return Setting(
        policy=policy,
        keys=Keys.read(keys_text),
        judge=partial(_judge, policy=policy),
        worker=str(os.getpid()),
        write=partial(say, Level.INFO),
    )


def _judge(address: str, *, policy: Policy) -> Judgement:
    # A resolver of its own for each client: it carries the budget of that one address.
    resolver = Resolver(
        policy.nameservers or system_nameservers(),
        try_seconds=policy.try_seconds,
        total_seconds=policy.total_seconds,
    )
    return judge(address, resolver, policy)

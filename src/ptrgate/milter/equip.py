# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a worker what it judges with: the policy and keys it was handed, real DNS, the journal."""

import os
from collections.abc import Mapping
from functools import partial

from ..judge import policy as policies
from ..judge.finding import judge
from ..judge.token import Keys
from ..lookup.exchange import dial
from ..lookup.resolver import Resolver
from ..lookup.servers import system_nameservers
from .dialler import Dialler
from .notify import Level, say
from .setting import Setting


def read_setting(material: Mapping[str, str]) -> Setting:
    """Build the setting of this process from a `Material`; raises BadPolicy or BadKeys."""
    policy = policies.load(material["policy"], source=material["source"])
    resolver = Resolver(
        policy.nameservers or system_nameservers(),
        try_seconds=policy.try_seconds,
        total_seconds=policy.total_seconds,
        dial=Dialler(material["door"]) if material["door"] else dial,
    )
    return Setting(
        policy=policy,
        keys=Keys.read(material["keys"]),
        judge=partial(judge, lookup=resolver, policy=policy),
        worker=str(os.getpid()),
        write=partial(say, Level.INFO),
    )

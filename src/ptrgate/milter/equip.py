# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a worker what it judges with: the policy and keys it was handed, real DNS, the journal."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..judge import policy as policies
from ..judge.finding import judge
from ..judge.token import Keys
from ..lookup.exchange import dial
from ..lookup.resolver import Resolver
from ..lookup.servers import system_nameservers
from ..shared.counters import Counters
from ..shared.overrides import Overrides
from ..shared.standing import HostStanding
from .dialler import Dialler
from .notify import Level, say
from .setting import Setting, Standing, Unknowing
from .verdicts import Verdicts


def read_setting(material: Mapping[str, str], counters: Counters) -> Setting:
    """Build the setting of this process from a `Material`; raises BadPolicy or BadKeys.

    ``counters`` are this process's, for whatever it counts.
    """
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
        judge=Verdicts(partial(judge, lookup=resolver, policy=policy)),
        worker=str(os.getpid()),
        write=partial(say, Level.INFO),
        count=counters.count,
        standing=_standing(material["state"]),
    )


def claim_counters(directory: str) -> Counters:
    """Claim the counters of this process; without a place for them mail goes on, uncounted."""
    try:
        return Counters.claim(directory)
    except OSError as error:
        say(Level.WARNING, f"nothing is counted, {directory} cannot be used: {error}")
        return Counters.alone()


def _standing(state: str) -> Standing:
    """Return what is known in the directory; the supervisor complains of it for all workers."""
    return HostStanding(Overrides(Path(state))) if state else Unknowing()

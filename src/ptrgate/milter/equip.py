# SPDX-License-Identifier: GPL-3.0-or-later
"""Give a worker what it judges with: the policy and keys it was handed, real DNS, the journal."""

import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from ..judge import policy as policies
from ..judge.finding import judge
from ..judge.policy import Policy
from ..judge.token import Keys
from ..lookup.exchange import Dial, dial
from ..lookup.resolver import Resolver
from ..lookup.servers import system_nameservers
from ..shared.board import Board
from ..shared.canaries import canaries_of
from ..shared.counters import Counters
from ..shared.courtesy import Books
from ..shared.guard import Guard
from ..shared.notify import Level, say
from ..shared.overrides import Overrides
from ..shared.standing import HostStanding
from .dialler import Dialler
from .setting import Setting, Standing, Unknowing
from .verdicts import Verdicts


def read_setting(material: Mapping[str, str], counters: Counters) -> Setting:
    """Build the setting of this process from a `Material`; raises BadPolicy or BadKeys.

    ``counters`` are this process's, for whatever it counts.
    """
    policy = policies.load(material["policy"], source=material["source"])
    dialling = Dialler(material["door"]) if material["door"] else dial
    resolver = Resolver(
        policy.nameservers or system_nameservers(),
        try_seconds=policy.try_seconds,
        total_seconds=policy.total_seconds,
        dial=dialling,
    )
    verdicts = Verdicts(partial(judge, lookup=resolver, policy=policy))
    return Setting(
        policy=policy,
        keys=Keys.read(material["keys"]),
        judge=verdicts,
        worker=str(os.getpid()),
        write=partial(say, Level.INFO),
        count=counters.count,
        standing=_standing(material["state"], policy, dialling, counters, verdicts.clear),
    )


def claim_counters(directory: str) -> Counters:
    """Claim the counters of this process; without a place for them mail goes on, uncounted."""
    try:
        return Counters.claim(directory)
    except OSError as error:
        say(Level.WARNING, f"nothing is counted, {directory} cannot be used: {error}")
        return Counters.alone()


def _standing(
    state: str, policy: Policy, dialling: Dial, counters: Counters, doubted: Callable[[], None]
) -> Standing:
    """Return what is known in the directory, and keep it in a thread.

    The supervisor complains of the operator's files for all workers.
    """
    if not state:
        return Unknowing()
    directory, tell = Path(state), partial(say, Level.WARNING)
    servers = policy.nameservers or system_nameservers()
    lookup = Resolver(servers, try_seconds=0.5, total_seconds=1.0, dial=dialling)
    guard = Guard(
        Board(directory, tell),
        canaries_of(policy),
        lookup,
        counters,
        lambda words, is_bad: say(Level.ERROR if is_bad else Level.WARNING, words),
    )
    books = Books.open(policy, directory, tell)
    standing = HostStanding(policy, Overrides(directory), books, guard, doubted=doubted)
    threading.Thread(target=standing.keep, daemon=True).start()
    return standing

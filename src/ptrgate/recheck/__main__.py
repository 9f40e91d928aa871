# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at addresses for the page: ``python3 -m ptrgate.recheck --policy P [--socket S]``."""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..judge.policy import BadPolicy, Policy, load
from ..lookup.fence import OutsideOnly
from ..lookup.resolver import MAX_PACKETS, Resolver
from ..lookup.roots import root_servers
from ..lookup.servers import Server, system_nameservers
from ..lookup.walker import Walker
from ..shared.listening import NoSocketError, listening_socket
from ..shared.notify import Level, say, tell_manager
from ..shared.paper import paper
from .around import around
from .desk import Desk
from .look import Means, glance, look
from .memory import forget
from .told import facts

BAD_CONFIGURATION = 78  # sysexits.h, EX_CONFIG
SECONDS = 8.0  # of the walk, as of a check of the milter's; our resolver is asked meanwhile
GLANCE_SECONDS = 1.5  # a page is not kept waiting for longer
RESOLVER_SECONDS = 6.0  # and once more: all within the page's patience


def main() -> int:
    """Serve until killed; 78 if policy or socket cannot be used."""
    parser = argparse.ArgumentParser(prog="ptrgate-recheck", description=__doc__)
    parser.add_argument("--policy", type=Path, required=True, help="the policy file (TOML)")
    parser.add_argument("--socket", help="path to listen on, where systemd passes no socket")
    given = parser.parse_args()
    try:
        policy = load(paper(given.policy), source=str(given.policy))
        listening = listening_socket(given.socket)
    except (NoSocketError, OSError, BadPolicy) as error:
        say(Level.ERROR, f"nothing can be looked at: {error}")
        return BAD_CONFIGURATION
    tell_manager(READY="1")
    desk(policy).run(listening)
    return 0


def desk(policy: Policy) -> Desk:
    """Return the desk over real DNS."""
    servers = policy.nameservers or system_nameservers()
    here = partial(
        Resolver,
        servers,
        try_seconds=policy.try_seconds,
        total_seconds=min(policy.total_seconds, RESOLVER_SECONDS),
    )
    means = Means(policy, partial(_world, servers), here, forget)

    quick = partial(Resolver, servers, try_seconds=GLANCE_SECONDS, total_seconds=GLANCE_SECONDS)

    def glanced(address: str) -> dict[str, Any]:
        return facts(glance(address, replace(means, here=quick)))

    def seen(address: str, asked: str) -> dict[str, Any]:
        return facts(look(address, asked, means))

    return Desk(
        seen, lambda address: around(address, here, policy), glanced, partial(say, Level.INFO)
    )


def _world(servers: tuple[Server, ...]) -> Walker | None:
    roots = root_servers(servers, seconds=1.0)
    if not roots:
        return None
    return Walker(roots, total_seconds=SECONDS, most=MAX_PACKETS, dial=OutsideOnly())


if __name__ == "__main__":
    sys.exit(main())

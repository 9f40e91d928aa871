# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asked for a proof, over real DNS: the local resolver, others, the world's servers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..lookup.resolver import Resolver
from ..lookup.roots import root_servers
from ..lookup.servers import Server, shown
from ..lookup.walker import Walker
from .proof import Panel
from .settings import Settings

PORT = 53  # where the walk asks


def panel(
    nameservers: Sequence[Server],
    settings: Settings,
    *,
    try_seconds: float = 2.5,
    walks: bool = True,
) -> Panel:
    """Return the panel over the local resolver's addresses and whom the settings name besides.

    Without root servers the resolver says where they are. A witness takes little more than three
    times ``try_seconds`` for an address, the walk five times.
    """
    asking = partial(Resolver, try_seconds=try_seconds, total_seconds=3.2 * try_seconds)
    roots = settings.root_servers
    if walks and not roots:
        roots = root_servers(nameservers, seconds=try_seconds)
    walker = Walker(roots, try_seconds=try_seconds, total_seconds=5 * try_seconds)
    return Panel(
        local=asking(nameservers),
        unchecked=asking(nameservers, validating=False),
        independent={shown(one): asking([one]) for one in settings.independent_resolvers},
        world=walker if walks and roots else None,
        helo=settings.helo,
        own_servers=(
            *settings.own_nameservers,
            *(host for host, port in nameservers if port == PORT),
        ),
    )

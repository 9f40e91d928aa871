# SPDX-License-Identifier: GPL-3.0-or-later
"""The smarthost's own reverse DNS, as advice: receivers judge it where mail goes through it.

Its addresses are those it is reached at. It may send from others, which only its operator knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ..judge.addresses import parse
from .egress import Egress, egress
from .proof import Panel, Proof, prove

VERSIONS: tuple[Literal[4, 6], ...] = (4, 6)


def relay(next_hop: str, panel: Panel) -> tuple[Proof, ...]:
    """Judge the addresses of a Postfix next hop ("[HOST]:PORT" or "HOST") by the local resolver.

    Nothing without one, or where its name leads nowhere.
    """
    if not next_hop or not panel.local:
        return ()
    return prove(_addresses(next_hop, panel), Panel(local=panel.local, clock=panel.clock))


def _addresses(next_hop: str, panel: Panel) -> Iterator[Egress]:
    host = host_of(next_hop)
    try:
        yield from egress([parse(host)], look=None)
    except ValueError:
        for version in VERSIONS if panel.local else ():
            answer = panel.local.addresses(host, version) if panel.local else None
            yield from egress(answer.values if answer else (), look=None)


def host_of(next_hop: str) -> str:
    """Return the host of a next hop, without brackets and port."""
    if next_hop.startswith("["):
        return next_hop[1:].partition("]")[0].removeprefix("ipv6:")
    return next_hop.partition(":")[0] if next_hop.count(":") == 1 else next_hop

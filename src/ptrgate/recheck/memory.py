# SPDX-License-Identifier: GPL-3.0-or-later
"""What our resolver may have kept of a name's way, and the order to forget it.

Unbound listens for orders at a unix socket, as Debian sets it up; without it nothing is forgotten,
and what it keeps goes by itself within minutes.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..diagnosis.diagnose import Diagnosed
from ..judge.names import labels
from ..judge.trail import Trail

CONTROL = Path("/run/unbound.ctl")
_GREETING = "UBCT1"  # the version of unbound-control's protocol
_PATIENCE = 2.0  # seconds
_ANSWER_OCTETS = 4096
MAX_NAMES = 64
TOP, TOP_ARPA = 2, 4  # labels; what is above belongs to everybody
# Names come from strangers: these are all that an order may hold.
_PLAIN = re.compile(r"[a-z0-9_*/-]+(\.[a-z0-9_*/-]+)*", re.ASCII | re.IGNORECASE)


def stale(trails: Iterable[Trail], here: Diagnosed) -> tuple[str, ...]:
    """Return the names about which our resolver may know something old.

    Those asked for and those their aliases lead to, each up to where the zone above delegates: a
    "there is nothing" is kept where it was met, also above the name. And the names it saw itself.
    """
    seen = here.judgement.iprev.names if here.judgement else ()
    names = [name for trail in trails for name in _way(trail)]
    return tuple(dict.fromkeys([*names, *(one.name for one in seen)]))[:MAX_NAMES]


def _way(trail: Trail) -> Iterator[str]:
    yield from trail.chain
    parts = labels(trail.chain[-1])
    known = labels(trail.parent)
    least = max(len(known) + 1, TOP_ARPA if parts[-1:] == ("arpa",) else TOP)
    for start in range(1, len(parts) - least + 1):
        yield ".".join(parts[start:])


def forget(names: Iterable[str], control: Path = CONTROL) -> bool:
    """Have Unbound forget all records of these names; False if one could not be forgotten."""
    try:
        told = [_order(f"flush {name}", control) for name in names if _PLAIN.fullmatch(name)]
    except OSError:
        return False
    return all(told)


def _order(order: str, control: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(_PATIENCE)
        channel.connect(str(control))
        channel.sendall(f"{_GREETING} {order}\n".encode("ascii"))
        return channel.recv(_ANSWER_OCTETS).startswith(b"ok")

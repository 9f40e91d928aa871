# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a walk begins: the root servers that the local resolver knows, else Debian's list.

The resolver is asked first, because a host may live below another root than the Internet's (a
lab's, a closed network's), and mail then leaves for that world.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from dns.rdatatype import NS, A

from .exchange import Silence, over_tcp, over_udp
from .labels import Labels, lower
from .query import EDNS_OCTETS, Query
from .reply import addresses
from .servers import Server
from .wire import Message

HINTS = Path("/usr/share/dns/root.hints")  # of the package dns-root-data
MAX_ROOTS = 3  # over IPv4, and one more over IPv6


def root_servers(
    nameservers: Sequence[Server], *, seconds: float = 2.0, hints: Path = HINTS
) -> tuple[Server, ...]:
    """Return a few root servers, none if neither resolver nor file names one."""
    told = (_told(server, seconds) for server in nameservers)
    found = next(filter(None, told), None) or _hinted(hints)
    some = [a for a in found if ":" not in a][:MAX_ROOTS] + [a for a in found if ":" in a][:1]
    return tuple((address, 53) for address in some)


def _told(server: Server, seconds: float) -> tuple[str, ...]:
    """Ask a resolver for the root's servers, and for their addresses if those did not come."""
    try:
        message = _ask(server, (), NS, seconds)
        names = [lower(r.target) for r in message.answer if r.rdtype == NS and not r.owner]
        found = addresses(r for r in message.additional if r.owner in names)
        for name in () if found else names[:MAX_ROOTS]:
            found += addresses(_ask(server, name, A, seconds).answer)
    except Silence:
        return ()
    return found


def _ask(server: Server, name: Labels, rdtype: int, seconds: float) -> Message:
    query = Query.make(name, rdtype, EDNS_OCTETS)
    until = time.monotonic() + seconds
    message = over_udp(server, query, until, time.monotonic)
    return over_tcp(server, query, until, time.monotonic) if message.is_truncated else message


def _hinted(hints: Path) -> tuple[str, ...]:
    """Read the addresses in a hints file (master file format, one record a line)."""
    try:
        lines = hints.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ()
    rows = [line.partition(";")[0].split() for line in lines]
    return tuple(row[-1] for row in rows if len(row) > 1 and row[-2].upper() in ("A", "AAAA"))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the page's requests over a unix socket: one JSON line in, one JSON object out.

``{"address": A, "server": S}`` asks for a look at A (S: a domain or nameserver of the visitor's,
or ""); ``"range": true`` for one at the addresses around it; ``"glance": true`` for what our
resolver says, which is cheap, and asked for whenever the page of a refusal is opened. The answer
is ``{"seen": ..}``, ``{"range": [..]}``, ``{"wait": SECONDS}`` (0: too many at once) or
``{"error": WHY}``.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ..judge.addresses import parse, why_not_asked
from ..lookup.labels import read
from ..lookup.servers import is_address
from ..shared.errand import Told, serve
from ..shared.limits import Limits, Rate, network_of

AT_ONCE = 12
LOOKS, ALL_LOOKS = Rate(6, 10.0), Rate(30, 1.0)  # at a /24 or /64, at anything
GLANCES, ALL_GLANCES = Rate(30, 1.0), Rate(200, 0.05)


@dataclass(slots=True)
class Desk:
    """Serves in threads, few at a time; who comes then is told so at once."""

    look: Callable[[str, str], Told]
    look_around: Callable[[str], list[Told]]
    glance: Callable[[str], Told]
    note: Callable[[str], None]
    limits: Limits = field(default_factory=lambda: Limits(LOOKS, ALL_LOOKS))
    glances: Limits = field(default_factory=lambda: Limits(GLANCES, ALL_GLANCES))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, listening: socket.socket) -> None:
        """Serve for ever."""
        serve(listening, self.answer, AT_ONCE)

    def answer(self, request: bytes) -> Told:
        """Answer one request, whatever is in it."""
        try:
            wanted = _wanted(request)
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            return {"error": str(error)}
        limits = self.glances if wanted.glance else self.limits
        with self._lock:
            wait = limits.wait(network_of(wanted.address))
        if wait:
            return {"wait": wait}
        if wanted.around:
            return {"range": self.look_around(wanted.address)}
        if wanted.glance:
            return {"seen": self.glance(wanted.address)}
        seen = self.look(wanted.address, wanted.server)
        line = (f"{key}={seen[key]}" for key in ("address", "diagnosis", "accepted"))
        self.note(" ".join(["recheck", *line]))
        return {"seen": seen}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request, checked."""

    address: str
    server: str
    around: bool
    glance: bool


def _wanted(request: bytes) -> Wanted:
    """Read a request; raises ValueError, TypeError or LookupError with what is wrong with it."""
    wanted = json.loads(request)
    told, server = wanted["address"], wanted.get("server", "")
    if not isinstance(told, str) or not isinstance(server, str):
        raise TypeError("an address and a server are texts")
    address = parse(told)
    why = why_not_asked(address)
    if why:
        raise ValueError(f"{address} is {why}")
    if server:
        _check_server(server)
    around, glance = (wanted.get(key, False) is True for key in ("range", "glance"))
    return Wanted(str(address), server, around, glance)


def _check_server(server: str) -> None:
    """Raise ValueError unless it is a public address or a domain name with a dot in it."""
    if is_address(server) and (why := why_not_asked(parse(server))):
        raise ValueError(f"{server} is {why}")
    if len(read(server)) == 1:
        raise ValueError("a domain has a dot in it")

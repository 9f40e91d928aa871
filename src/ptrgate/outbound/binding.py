# SPDX-License-Identifier: GPL-3.0-or-later
"""Where mail leaves from by the word of Postfix and the kernel, if nothing is declared.

Postfix binds to ``smtp_bind_address``, else to the one address that ``inet_interfaces`` names
(postconf(5)); otherwise the kernel chooses, by the route to where the mail goes.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

from ..judge.addresses import parse
from ..lookup.servers import is_address
from .egress import KERNEL_FAMILY, observe
from .mail import Postfix
from .verdict import Family

BIND = {Family.IPV4: "smtp_bind_address", Family.IPV6: "smtp_bind_address6"}
ANY = frozenset({"all", "loopback-only"})


def leaving(postfix: Postfix) -> Callable[[Family], tuple[str, ...]]:
    """Return who tells the addresses of a family; nothing for one that Postfix leaves alone."""

    def look(family: Family) -> tuple[str, ...]:
        protocols = _words(postfix.parameter("inet_protocols"))
        if protocols and not {"all", family.value} & set(protocols):
            return ()
        bound = postfix.parameter(BIND[family])
        if is_address(bound):
            return (str(parse(bound)),)
        return _only(family, _words(postfix.parameter("inet_interfaces"))) or observe(family)

    return look


def _only(family: Family, interfaces: list[str]) -> tuple[str, ...]:
    """Return the one address of these interfaces, nothing if there are more or it is loopback."""
    if ANY & set(interfaces):
        return ()
    found = {address for one in interfaces for address in _addresses(one, family)}
    return tuple(found) if len(found) == 1 and not parse(min(found)).is_loopback else ()


def _addresses(interface: str, family: Family) -> set[str]:
    """Return what Postfix makes of one word; it may be a name, which the system looks up."""
    host = interface.strip("[]")
    try:
        rows = socket.getaddrinfo(host, None, KERNEL_FAMILY[family], socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(parse(str(row[4][0]))) for row in rows}


def _words(value: str) -> list[str]:
    return re.findall(r"[^\s,]+", value.lower())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator tells the gate: /etc/ptrgate/gate.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ..judge.kinds import ADDRESS, DOMAIN, NAMESERVER, Kind, number, several

MIN_INTERVAL = 1
MAX_INTERVAL = 86400


class BadSettings(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """gate.toml is wrong; the message names every key at fault and what is wanted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where mail leaves from and what the proof is asked of.

    ``interval`` is the least number of seconds between two proofs that count; ``smarthost`` is a
    Postfix next hop such as ``[relay.example.net]:587``, or empty. Without ``nameservers``
    (address, port) those of /etc/resolv.conf are asked; ``independent_resolvers`` besides, each as
    a witness of its own. Without ``root_servers`` the resolver says where the walk to the
    authoritative servers begins. ``own_nameservers`` (names or addresses) may hold our reverse
    zone, ``helo`` is what Postfix calls itself, ``peers`` are hosts whose port 25 tells which
    address it saw. ``notify`` is a mail address that hears of every change.
    """

    egress_addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    nameservers: tuple[tuple[str, int], ...] = ()
    smarthost: str = ""
    interval: float = 60.0
    independent_resolvers: tuple[tuple[str, int], ...] = ()
    root_servers: tuple[tuple[str, int], ...] = ()
    own_nameservers: tuple[str, ...] = ()
    helo: str = ""
    peers: tuple[IPv4Address | IPv6Address, ...] = ()
    notify: str = ""


def load(text: str, *, source: str) -> Settings:
    """Return the settings, or raise ``BadSettings`` with all problems at once."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{source}: {error}") from None
    problems = list(_problems(data))
    if problems:
        raise BadSettings("\n".join(f"{source}: {problem}" for problem in problems))
    return Settings(**{key: WANTED[key][0](value) for key, value in data.items()})


def _problems(data: Mapping[str, Any]) -> list[str]:
    unknown = [
        f"{key} is not a setting; those are {', '.join(WANTED)}" for key in data.keys() - WANTED
    ]
    return unknown + [
        f"{key} (outbound_{key}) is {data[key]!r}, it should be {what}"
        for key, (read, what) in WANTED.items()
        if key in data and not _can(read, data[key])
    ]


def _can(read: Callable[[Any], object], value: object) -> bool:
    try:
        read(value)
    except (ValueError, TypeError):
        return False
    return True


def _next_hop(value: object) -> str:
    """Read ``[HOST]`` or ``[HOST]:PORT``; it stands in a table line, where a space would end it."""
    if value == "":
        return ""
    if not isinstance(value, str) or not (read := HOP.fullmatch(value)):
        raise ValueError
    host(read["host"])
    if read["port"] is not None:
        PORT.read(int(read["port"]))
    return value


def _mailbox(value: object) -> str:
    """Read a mail address that can stand in a command and a header."""
    if not isinstance(value, str) or not MAILBOX.fullmatch(value):
        raise ValueError
    DOMAIN.read(value.partition("@")[2])
    return value


def host(value: object) -> str:
    """Read a name or an address of a host; ValueError or TypeError otherwise."""
    try:
        return str(ADDRESS.read(value))
    except ValueError:
        return str(DOMAIN.read(value))


HOST = Kind("a name or an address of a host", host)
PORT = number(1, 65535)
HOP = re.compile(r"\[(ipv6:)?(?P<host>[0-9A-Za-z.:-]+)\](:(?P<port>[0-9]{1,5}))?")
MAILBOX = re.compile(r"[A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]+")
NEXT_HOP = (
    'a Postfix next hop in brackets such as "[relay.example.net]:587", or "". Without brackets '
    "Postfix would ask for the MX records of the name, and send there"
)
INTERVAL = number(MIN_INTERVAL, MAX_INTERVAL)
WANTED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "egress_addresses": (several(ADDRESS).read, several(ADDRESS).allowed),
    "nameservers": (several(NAMESERVER).read, several(NAMESERVER).allowed),
    "independent_resolvers": (several(NAMESERVER).read, several(NAMESERVER).allowed),
    "root_servers": (several(NAMESERVER).read, several(NAMESERVER).allowed),
    "own_nameservers": (several(HOST).read, several(HOST).allowed),
    "helo": (lambda value: value and DOMAIN.read(value), DOMAIN.allowed + ', or ""'),
    "peers": (several(ADDRESS).read, several(ADDRESS).allowed),
    "smarthost": (_next_hop, NEXT_HOP),
    "notify": (lambda value: value and _mailbox(value), 'a mail address, or ""'),
    "interval": (INTERVAL.read, INTERVAL.allowed + " seconds"),
}

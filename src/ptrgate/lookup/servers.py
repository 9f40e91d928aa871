# SPDX-License-Identifier: GPL-3.0-or-later
"""Nameservers: their addresses, and those of this system."""

from pathlib import Path

from ..judge.addresses import parse
from ..judge.kinds import nameserver

MAX_SERVERS = 3  # as many as resolv.conf(5) may name
RESOLV_CONF = Path("/etc/resolv.conf")

Server = tuple[str, int]


def server(text: str) -> Server:
    """Read "HOST", "HOST:PORT" or "[IPV6]:PORT". ValueError if HOST is not an address.

    The one name is localhost, which needs no DNS to be looked up.
    """
    if text == "localhost" or text.startswith("localhost:"):
        text = text.replace("localhost", "127.0.0.1", 1)
    return nameserver(text)


def shown(host_and_port: Server) -> str:
    """Return the nameserver as messages name it."""
    host, port = host_and_port
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def system_nameservers(path: Path = RESOLV_CONF) -> tuple[Server, ...]:
    """Return the nameservers of resolv.conf(5), at most three; the local one if it names none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    found: list[Server] = []
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver" and is_address(words[1]):
            found.append((words[1], 53))
    return tuple(found[:MAX_SERVERS]) or (("127.0.0.1", 53),)


def is_address(text: str) -> bool:
    """Tell whether a text is an address."""
    try:
        parse(text)
    except ValueError:
        return False
    return True

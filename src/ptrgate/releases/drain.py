# SPDX-License-Identifier: GPL-3.0-or-later
"""Take no new sessions on port 25 for some time: their clients go to the next MX at once.

Only the packet that begins a connection is refused, so sessions in flight finish, and a second
message in them too; refusing by connection state kills those that began before there was any. The
kernel forgets it by itself when the time is over, whoever lives until then.
"""

import time
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from shutil import which

from .host import Host, Refused, said

TABLE = "ptrgate_drain"
_RULES = """\
table inet {table} {{
 set drained {{ type inet_service; flags timeout; elements = {{ 25 timeout {seconds}s }} }}
 chain input {{
  type filter hook input priority -10; policy accept;
{accepted}
  tcp dport @drained tcp flags & (fin|syn|rst|ack) == syn reject with tcp reset
 }}
}}
"""
_SESSIONS = ("ss", "-Htn", "state", "established", "( sport = :25 )")


def rules(seconds: int, but: Iterable[str]) -> str:
    """Return the packet filter's rules: nobody begins a session, ``but`` these addresses."""
    lines = "\n".join(f"  {_from(address)} accept" for address in but)
    return _RULES.format(table=TABLE, seconds=seconds, accepted=lines)


def _from(address: str) -> str:
    parsed = ip_address(address)
    return f"ip{'6' if parsed.version == 6 else ''} saddr {parsed}"  # noqa: PLR2004


def drain(seconds: int, but: Iterable[str], wait: float) -> int:
    """Begin, wait for sessions to end, at most ``wait`` seconds; return how many are still open.

    Raises Refused where this host has no packet filter.
    """
    if not which("nft"):
        raise Refused("there is no nft on this host: the package nftables has it")
    undrain(Host())
    wrong = said(["nft", rules(seconds, but)])
    if wrong.returncode != 0:
        raise Refused(f"the packet filter cannot be told: {wrong.stderr.strip()[:200]}")
    return next(left for left in _waiting(wait) if left is not None)


def _waiting(wait: float) -> Iterator[int | None]:
    end = time.monotonic() + wait
    while left := len(said(_SESSIONS).stdout.splitlines()):
        yield left if time.monotonic() > end else None
        time.sleep(0.3)
    yield 0


def undrain(host: Host) -> list[str]:
    """Take sessions again; return what went wrong. Does nothing where none are refused."""
    if not which("nft") or said(["nft", "list", "table", "inet", TABLE]).returncode != 0:
        return []
    wrong = host.tried(("nft", "delete", "table", "inet", TABLE))
    return [wrong] if wrong else []

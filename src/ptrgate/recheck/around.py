# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses around one: whoever has one without a name often has more."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import Any

from ..judge.addresses import parse
from ..judge.answers import Lookup
from ..judge.finding import judge
from ..judge.refusal import printable
from ..judge.terms import Policy

AT_ONCE = 4
HOST_BITS = 3  # eight addresses: an IPv4 /29, as small customers have
MAX_NAME = 120


def around(address: str, here: Callable[[], Lookup], policy: Policy) -> list[dict[str, Any]]:
    """Return address, finding and name of each address of the range, as our resolver sees them."""
    parsed = parse(address)
    small = ip_network(f"{parsed}/{parsed.max_prefixlen - HOST_BITS}", strict=False)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda one: _row(str(one), here(), policy), small))


def _row(address: str, lookup: Lookup, policy: Policy) -> dict[str, Any]:
    found = judge(address, lookup, policy)
    name = printable(found.name, MAX_NAME)
    return {"address": address, "finding": found.finding.value, "name": name}

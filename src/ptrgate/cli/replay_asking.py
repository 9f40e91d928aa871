# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks DNS now about clients that a log does not tell apart, slowly."""

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from ..judge.finding import judge
from ..judge.policy import Policy
from ..judge.words import Finding
from ..lookup.resolver import Resolver
from ..lookup.servers import Server

_AT_ONCE = 16


def ask(
    addresses: Sequence[str], policy: Policy, nameservers: Sequence[Server], rate: float
) -> Mapping[str, tuple[Finding, str]]:
    """Return finding and name of each address, beginning with at most ``rate`` of them a second."""
    minutes = len(addresses) / rate / 60
    words = f"asking DNS about {len(addresses)} clients, {rate:g} a second: {minutes:.1f} min"
    print(words, file=sys.stderr)

    def one(address: str) -> tuple[Finding, str]:
        resolver = Resolver(
            nameservers, try_seconds=policy.try_seconds, total_seconds=policy.total_seconds
        )
        judgement = judge(address, resolver, policy)
        return judgement.finding, judgement.name

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {}
        for address in addresses:
            asked[address] = pool.submit(one, address)
            time.sleep(1 / rate)
        return {address: future.result() for address, future in asked.items()}

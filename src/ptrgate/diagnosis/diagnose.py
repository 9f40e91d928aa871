# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the engine found to the diagnosis, seen from whose side it is."""

from __future__ import annotations

from ipaddress import IPv6Address

from ..judge.addresses import parse
from ..judge.finding import Judgement
from ..judge.words import Diagnosis


def of_own_address(judgement: Judgement) -> Diagnosis:
    """Return the diagnosis of an address that mail leaves from.

    Without a PTR record an IPv6 address has a way out that an IPv4 address lacks: send over IPv4.
    """
    is_ipv6 = isinstance(parse(judgement.iprev.address), IPv6Address)
    if is_ipv6 and judgement.diagnosis == Diagnosis.NO_PTR:
        return Diagnosis.IPV6_WITHOUT_PTR
    return judgement.diagnosis

# SPDX-License-Identifier: GPL-3.0-or-later
"""From the reverse DNS test to the finding: what the address is, and what exactly is wrong."""

from dataclasses import dataclass

from .addresses import parse
from .dynamic import Dynamic, classify
from .iprev import Iprev, Lookup, check
from .terms import Policy
from .words import Diagnosis, Finding, IprevResult, NameResult, Source


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one address is. ``dynamic`` is the verdict on the name shown, if one is confirmed."""

    iprev: Iprev
    finding: Finding
    diagnosis: Diagnosis
    dynamic: Dynamic | None
    source: Source = Source.DNS

    @property
    def name(self) -> str:
        """The name to show: a confirmed one if any, else the first seen, else ""."""
        if self.iprev.confirmed:
            # asking ended at the name that decided: the last confirmed one
            return self.iprev.confirmed[-1 if self.finding is Finding.OK else 0]
        return self.iprev.names[0].name if self.iprev.names else ""


def judge(address: str, lookup: Lookup, policy: Policy) -> Judgement:
    """Judge one address: the reverse DNS test, then the confirmed names.

    Raises ValueError if ``address`` is not an address; never for what DNS answers.
    """
    client = str(parse(address))
    verdicts: dict[str, Dynamic] = {}

    def is_a_servers(name: str) -> bool:
        verdicts[name] = classify(name, client, policy.naming)
        return not verdicts[name].verdict

    iprev = check(
        client,
        lookup,
        own_names=policy.own_names,
        own_addresses={str(own) for own in policy.own_addresses},
        enough=is_a_servers,
    )
    if iprev.result is not IprevResult.PASS:
        return Judgement(iprev, *_without_match(iprev), dynamic=None)
    server = next((name for name, dynamic in verdicts.items() if not dynamic.verdict), None)
    if server is None:  # dynamic only if every confirmed name is
        first = verdicts[iprev.confirmed[0]]
        return Judgement(iprev, Finding.DYNAMIC, Diagnosis.DYNAMIC_NAME, first)
    return Judgement(iprev, Finding.OK, Diagnosis.OK, verdicts[server])


def _without_match(iprev: Iprev) -> tuple[Finding, Diagnosis]:
    """Say what an address is whose names, if it has any, do not lead back."""
    if iprev.result is IprevResult.TEMPERROR:
        return Finding.DNS_FAILURE, Diagnosis.DNS_FAILURE
    if iprev.result is IprevResult.PERMERROR:
        is_ipv6 = ":" in iprev.address
        return Finding.NO_PTR, Diagnosis.IPV6_WITHOUT_PTR if is_ipv6 else Diagnosis.NO_PTR
    results = {seen.result for seen in iprev.names}
    if NameResult.MISMATCH in results:
        return Finding.FORGED, Diagnosis.FORWARD_MISMATCH
    if NameResult.NO_ADDRESS in results:
        return Finding.FORGED, Diagnosis.FORWARD_MISSING
    return Finding.FORGED, Diagnosis.JUNK_NAME

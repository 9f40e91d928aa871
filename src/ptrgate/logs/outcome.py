# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy does about a session that a log tells of; asks nobody."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from ..judge.addresses import parse, why_private
from ..judge.dynamic import classify
from ..judge.finding import Judgement
from ..judge.iprev import Iprev, NameSeen
from ..judge.names import canonical
from ..judge.policy import Circumstances, before_lookup, decide
from ..judge.terms import Exemption, Policy
from ..judge.words import Action, Diagnosis, Finding, IprevResult, Mode, NameResult, Rule
from .cost import NOT_JUDGED, NOT_TOLD_APART, OPEN, Seen

_RESULTS = {
    Finding.OK: (IprevResult.PASS, Diagnosis.OK),
    Finding.DYNAMIC: (IprevResult.PASS, Diagnosis.DYNAMIC_NAME),
    Finding.NO_PTR: (IprevResult.PERMERROR, Diagnosis.NO_PTR),
    Finding.FORGED: (IprevResult.FAIL, Diagnosis.FORWARD_MISMATCH),
    Finding.DNS_FAILURE: (IprevResult.TEMPERROR, Diagnosis.DNS_FAILURE),
}


class Case(NamedTuple):
    """What is known of sessions that are treated alike.

    ``finding`` None: not told apart. ``name`` is one that leads back, or what the milter showed.
    ``rule`` is the milter's own, "" without its line.
    """

    finding: Finding | None
    name: str = ""
    sender: str = ""
    recipient: str = ""
    rule: str = ""
    authenticated: bool = False


class Judge:
    """A policy as it would act, were it not only observing, with the exemptions of this host."""

    def __init__(self, policy: Policy, exemptions: Sequence[Exemption] = ()) -> None:
        """Take the policy at its word."""
        self.policy = replace(policy, mode=Mode.ENFORCE)
        self._ordinary = Circumstances(exemptions=tuple(exemptions))
        self._circumstances = {
            Rule.REMEMBERED.value: replace(self._ordinary, remembered=True),
            Rule.BREAKER.value: replace(self._ordinary, breaker_open=True),
        }
        known = (*policy.exemptions, *exemptions)
        self._senders = {one.sender_domain for one in known if one.sender_domain}
        self._recipients = {one.recipient.removeprefix("@") for one in known if one.recipient}

        self._can_exempt = bool(known)

        # asked for each session or message, and most are alike; the caches go with this object
        self.is_ours = lru_cache(maxsize=16_384)(self._is_ours)
        self._is_minded = lru_cache(maxsize=16_384)(self._minds_recipient)
        self._ordinarily = lru_cache(maxsize=4096)(self._decided)

    def _is_ours(self, address: str) -> bool:
        """Tell whether an address is no stranger's; what is no address is nobody's."""
        try:
            client = parse(address)
        except ValueError:
            return True
        own = any(client in network for network in self.policy.own_networks)
        return own or client in self.policy.own_addresses or bool(why_private(client))

    def minds(self, sender: str, recipient: str) -> bool:
        """Tell whether this policy may decide otherwise for who writes to whom."""
        if self._is_minded(recipient):
            return True
        return bool(self._senders) and sender.lower().rpartition("@")[2] in self._senders

    def _minds_recipient(self, recipient: str) -> bool:
        recipient = recipient.lower()
        localpart, _, domain = recipient.rpartition("@")
        if (localpart or domain) in self.policy.reachable_localparts:
            return True
        return bool(self._recipients) and not self._recipients.isdisjoint((recipient, domain))

    def judge(self, address: str, case: Case) -> Seen:
        """Decide; the name is judged anew, for this policy may know it better.

        Raises ValueError if ``address`` is not an address.
        """
        client = parse(address)
        if self._can_exempt or self.is_ours(address):
            circumstances = self._circumstances.get(case.rule, self._ordinary)
            if early := before_lookup(self.policy, address, circumstances):
                return case.finding.value if case.finding else NOT_JUDGED, early.action.value
        if case.finding is None:
            return _AUTHENTICATED if case.authenticated else (NOT_TOLD_APART, OPEN)
        found = case._replace(finding=self._finding(address, case))
        if self._can_exempt:
            return self._decided(address, found)
        # only exemptions look at more of an address than its family, and at name and sender
        return self._ordinarily(_ANY[client.version], found._replace(name="", sender=""))

    def _decided(self, address: str, case: Case) -> Seen:
        judgement = _judgement(address, case)
        decision = decide(
            self.policy,
            judgement,
            sender=case.sender,
            recipient=case.recipient or None,
            authenticated=case.authenticated or case.rule == Rule.AUTHENTICATED,
            circumstances=self._circumstances.get(case.rule, self._ordinary),
        )
        return judgement.finding.value, decision.action.value

    def _finding(self, address: str, case: Case) -> Finding:
        finding = case.finding or Finding.OK
        if finding not in (Finding.OK, Finding.DYNAMIC) or not case.name:
            return finding
        is_line = classify(canonical(case.name), address, self.policy.naming).verdict
        return Finding.DYNAMIC if is_line else Finding.OK


_AUTHENTICATED: Seen = (NOT_JUDGED, Action.ACCEPT.value)
_ANY = {4: "192.0.2.1", 6: "2001:db8::1"}  # addresses that stand for all of their family


def _judgement(address: str, case: Case) -> Judgement:
    """Rebuild what was found, as far as a policy looks at it."""
    finding = case.finding or Finding.OK
    result, diagnosis = _RESULTS[finding]
    led = NameResult.CONFIRMED if result is IprevResult.PASS else NameResult.MISMATCH
    names = (NameSeen(canonical(case.name), (), led),) if case.name else ()
    iprev = Iprev(address, result, names, truncated=False, reason="", queries=0)
    return Judgement(iprev, finding, diagnosis, dynamic=None)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do next with each finding, from what was seen of it: go on, or stay, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..judge.policy import Policy
from ..judge.stages import KINDS, Kind, Step, last_of, next_of, step_of
from ..judge.words import Finding
from ..logs.seen import Hits, Seen

LEAST_DAYS = 3.0  # with fewer days, or sessions, nothing is proposed
LEAST_SESSIONS = 500
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Known:
    """What this host knows: does it remember an address, did own users write to a domain?"""

    remembers: Callable[[str], bool]
    wrote_to: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One finding and family: its stage, the one after it, whom that hits, and the one to take.

    ``wanted`` are the clients that seem to send wanted mail, each with the reason.
    """

    kind: Kind
    now: Step
    after: Step
    take: Step
    reason: str
    hits: Hits
    wanted: Mapping[str, str]


def propose(policy: Policy, seen: Seen, known: Known, now: float) -> tuple[Proposal, ...]:
    """Propose a stage for each finding and family; ``now`` is in seconds since the epoch."""
    days = (now - seen.since) / _DAY if seen.since else 0.0
    too_little = ""
    if days < LEAST_DAYS or seen.judged < LEAST_SESSIONS:
        too_little = (
            f"too little was seen: {seen.judged} judged sessions in {days:.1f} days,"
            f" {LEAST_SESSIONS} in {LEAST_DAYS:g} are wanted"
        )
    return tuple(_about(policy, kind, seen, known, too_little) for kind in KINDS)


def _about(policy: Policy, kind: Kind, seen: Seen, known: Known, too_little: str) -> Proposal:
    step = step_of(policy, kind)
    after, hits = next_of(step, kind), seen.hits[kind]
    wanted = _wanted(kind, hits, seen, known)
    take, reason = step, too_little
    if after is step:
        reason = "the last stage" if step is last_of(kind) else "the operator went further"
    elif not too_little and wanted and after > Step.TAG:
        reason = f"{len(wanted)} clients with wanted mail would be hit: write to them, or exempt"
    elif not too_little:
        take, reason = after, _harmless(after, hits)
    return Proposal(kind, step, after, take, reason, hits, wanted)


def _harmless(after: Step, hits: Hits) -> str:
    if not hits.sessions:
        return "nobody would have been hit"
    if after is Step.TAG:
        return "a tag hits nobody, and tells from whom the mail claims to be"
    return "no client with wanted mail was seen among them"


def _wanted(kind: Kind, hits: Hits, seen: Seen, known: Known) -> dict[str, str]:
    """Return the clients that somebody would miss, each with the reason."""
    if kind[0] is Finding.DNS_FAILURE:  # who passed lately is accepted then, the others come again
        return {}
    found = {}
    for address in hits.clients:
        written = sorted(filter(known.wrote_to, hits.senders.get(address, ())))
        if address in hits.good or address in seen.passed or known.remembers(address):
            found[address] = "passed at other times"
        elif written:
            found[address] = f"mail from {written[0]}, to which own users wrote"
    return found

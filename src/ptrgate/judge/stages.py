# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the policy goes with each finding, and what has to be said for another stage of it.

A finding goes live in steps: its clients are only observed, then their mail is tagged, then they
are deferred with the URL for some hours before they are refused, then refused at once. Where the
built-in policy refuses nobody (a failed lookup, IPv6 without a name) deferring is the last step.
"""

from collections.abc import Mapping
from enum import IntEnum

from .terms import DEFAULT_ACTIONS, HOUR, Policy
from .words import Action, Finding, Mode

Kind = tuple[Finding, int]  # a finding, and the IP version of the client

FIRST_HOURS = 24  # of deferral, where a stage is proposed that has them
KINDS: tuple[Kind, ...] = tuple(
    (finding, version) for finding in Finding if finding is not Finding.OK for version in (4, 6)
)


class Step(IntEnum):
    """A stage of enforcement, mildest first."""

    OBSERVE = 0
    TAG = 1
    DEFER = 2
    REFUSE = 3

    @property
    def word(self) -> str:
        """The stage in a word."""
        return self.name.lower()


_STEPS = {
    Action.ACCEPT: Step.OBSERVE,
    Action.LOG: Step.OBSERVE,
    Action.TAG: Step.TAG,
    Action.DEFER: Step.DEFER,
    Action.REFUSE: Step.REFUSE,
}


def step_of(policy: Policy, kind: Kind) -> Step:
    """Return how far the policy goes."""
    if policy.mode is Mode.OBSERVE:
        return Step.OBSERVE
    step = _STEPS[policy.action(*kind)]
    return Step.DEFER if step is Step.REFUSE and policy.patience(*kind) else step


def last_of(kind: Kind) -> Step:
    """Return how far the built-in policy goes."""
    finding, version = kind
    return _STEPS[DEFAULT_ACTIONS[finding][version]]


def next_of(step: Step, kind: Kind) -> Step:
    """Return the stage after this one; the last has none but itself."""
    return Step(step + 1) if step < last_of(kind) else step


def settings(policy: Policy, wanted: Mapping[Kind, Step]) -> tuple[str, ...]:
    """Return the lines of the inventory for these stages; none if they are those of the policy."""
    if all(step_of(policy, kind) is step for kind, step in wanted.items()):
        return ()
    lines = ["ptrgate_mode: enforce", "engine_actions:"]
    hours = {}
    for finding in dict.fromkeys(finding for finding, _ in wanted):
        words = {version: _action((finding, version), wanted) for version in (4, 6)}
        lines.append(f"  {finding}: {{v4: {words[4]}, v6: {words[6]}}}")
        hours[finding] = [_hours(policy, (finding, version), wanted) for version in (4, 6)]
    given = [f"  {one}: {{v4: {v4}, v6: {v6}}}" for one, (v4, v6) in hours.items() if v4 or v6]
    return (*lines, "engine_defer_hours:", *given) if given else (*lines, "engine_defer_hours: {}")


def _action(kind: Kind, wanted: Mapping[Kind, Step]) -> Action:
    step = wanted[kind]
    if step is Step.DEFER and last_of(kind) is Step.REFUSE:
        return Action.REFUSE  # after its hours
    return {
        Step.OBSERVE: Action.LOG,
        Step.TAG: Action.TAG,
        Step.DEFER: Action.DEFER,
        Step.REFUSE: Action.REFUSE,
    }[step]


def _hours(policy: Policy, kind: Kind, wanted: Mapping[Kind, Step]) -> int:
    if wanted[kind] is not Step.DEFER or last_of(kind) is Step.DEFER:
        return 0
    return policy.patience(*kind) // HOUR or FIRST_HOURS

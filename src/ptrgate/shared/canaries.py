# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for canaries: addresses whose names everybody knows, and this host's own."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..judge.addresses import parse, why_private
from ..judge.answers import AnswerStatus, Lookup
from ..judge.names import canonical
from ..judge.terms import Policy
from .breaker import Asked, Heard

ROUND = 2.0  # seconds; answers of living resolvers come from their cache


@dataclass(frozen=True, slots=True)
class Canary:
    """An address and the names of which it must have one; ``label`` is how messages call it."""

    label: str
    address: str
    names: frozenset[str]


def canaries_of(policy: Policy) -> tuple[Canary, ...]:
    """Return the configured canaries, then this host's own public addresses."""
    known = tuple(
        Canary(f"{each.address} {each.name}", str(each.address), frozenset({each.name}))
        for each in policy.canaries
    )
    names = frozenset(map(canonical, policy.own_names))
    own = sorted(str(address) for address in policy.own_addresses if not why_private(address))
    ours = tuple(Canary(f"{each} (this host)", each, names) for each in own if names)
    return known + ours


def ask(canary: Canary, lookup: Lookup) -> Asked:
    """Ask for the names of a canary, and whether a right one leads back."""
    address = parse(canary.address)
    answer = lookup.pointers(address)
    if answer.status is AnswerStatus.FAILED:
        return Asked(canary.label, Heard.SILENT, answer.reason)
    names = sorted(map(canonical, answer.values))
    right = [name for name in names if name in canary.names]
    if not right:
        words = f"answered as {', '.join(names)[:80]}" if names else "answered without a name"
        return Asked(canary.label, Heard.WRONG, words)
    back = lookup.addresses(right[0], 4 if address.version == 4 else 6)  # noqa: PLR2004 (IPv4)
    if back.status is AnswerStatus.FAILED:
        return Asked(canary.label, Heard.SILENT, back.reason)
    if canary.address not in {str(parse(value)) for value in back.values}:
        led = ", ".join(back.values)[:80] or "no address"
        return Asked(canary.label, Heard.WRONG, f"answered with a name that leads to {led}")
    return Asked(canary.label, Heard.RIGHT)


def first_right(
    canaries: Collection[Canary], lookup: Lookup, clock: Callable[[], float] = time.monotonic
) -> list[Asked]:
    """Ask in order until one is right, as long as a client can wait."""
    answers: list[Asked] = []
    ends = clock() + ROUND
    for canary in canaries:
        if clock() >= ends:
            break
        answers.append(ask(canary, lookup))
        if answers[-1].heard is Heard.RIGHT:
            break
    return answers

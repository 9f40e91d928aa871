# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds a target its inputs one after the other, and sums up what came of them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from . import dns_answers, milter_bytes, policy_files, ptr_names, tokens
from .chance import Broken, Chance

FIRST = 20_000  # inputs that are repeated at every change


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads what strangers write.

    ``make`` makes an input from chance; ``outcomes`` returns the outcome of each, as text that
    begins with its kind, and raises whatever went wrong.
    """

    make: Callable[[Chance], Any]
    outcomes: Callable[[Iterable[Any]], Iterator[str]]


def _one_by_one(outcome: Callable[[Any], str]) -> Callable[[Iterable[Any]], Iterator[str]]:
    return lambda inputs: map(outcome, inputs)


TARGETS = {
    dns_answers.NAME: Target(dns_answers.make, _one_by_one(dns_answers.outcome)),
    ptr_names.NAME: Target(ptr_names.make, _one_by_one(ptr_names.outcome)),
    policy_files.NAME: Target(policy_files.make, _one_by_one(policy_files.outcome)),
    tokens.NAME: Target(tokens.make, _one_by_one(tokens.outcome)),
    milter_bytes.NAME: Target(milter_bytes.make, milter_bytes.outcomes),
}


def one_input(name: str, seed: int, number: int) -> Any:
    """Return input ``number`` of a target."""
    return TARGETS[name].make(Chance(name, seed, number))


def run(name: str, seed: int, inputs: int) -> dict[str, Any]:
    """Feed the first ``inputs`` inputs of a seed, none of them twice; return their sum.

    ``digest`` is the SHA-256 of all outcomes, one a line, ``first`` that of the first 20,000.
    Raises Broken with the number of the input.
    """
    target, digest, first = TARGETS[name], hashlib.sha256(), ""
    seen: set[int] = set()
    kinds: Counter[str] = Counter()
    made = 0

    def supply() -> Iterator[Any]:
        nonlocal made
        while len(seen) < inputs:
            given = target.make(Chance(name, seed, made))
            made += 1
            if hash(given) not in seen:
                seen.add(hash(given))
                yield given

    try:
        for count, outcome in enumerate(target.outcomes(supply()), start=1):
            digest.update(outcome.encode("utf-8", "surrogateescape") + b"\n")
            kinds[outcome.split(" ", 1)[0].rstrip(":")] += 1
            first = digest.hexdigest() if count == FIRST else first
    except Exception as error:
        raise Broken(
            f"{name}, seed {seed}, input {made - 1} or shortly before: {error!r}"
        ) from error
    return {
        "inputs": inputs, "digest": digest.hexdigest(), "first": first,
        "kinds": dict(sorted(kinds.items())),
    }  # fmt: skip

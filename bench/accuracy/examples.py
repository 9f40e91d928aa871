# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples from which the weights are found, and the split by registered domain."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.accuracy.fit import Rules
from bench.accuracy.sets import PER_DOMAIN, Pair, domain, labels
from ptrgate.judge.addresses import parse
from ptrgate.judge.evidence import gather

SEED = "ptrgate"
FOLDS = 5
LINES = ("spam 2007", "spam 2009", "ISP v4", "ISP v6")

# what readers said weighs more than what the collection was; "?" does not count
_SAID = {"D": 4.0, "G": 2.0, "S": 3.0, "?": 0.0}
# spam comes from mail servers too, and that teaches nothing about lines
_SERVERS = frozenset({"word.mail", "word.service"})
# nor do names that say so themselves: whoever has them, flagging them is a choice
_A_CHOICE = frozenset({"word.fixed", "word.hosted", "domain.fixed"})


@dataclass(frozen=True, slots=True)
class Example:
    """A name with its address, what holds for it, what it is and how much it counts."""

    pair: Pair
    rules: Rules
    is_line: bool
    weight: float
    fold: int


def fold(name: str) -> int:
    """Return the part into which all names of a registered domain fall."""
    digest = hashlib.sha256(f"{SEED} {domain(name)}".encode()).digest()
    return digest[0] % FOLDS


def rules_of(pair: Pair) -> Rules:
    """Return the rules that hold for a name."""
    name, address = pair
    text = name.lower().removesuffix(".")
    return frozenset(rule for rule, _ in gather(text, parse(address)))


def examples(sets: Mapping[str, Sequence[Pair]], *, strict: bool) -> Iterator[Example]:
    """Yield an example for each pair; a domain's good senders count as much as three at most.

    ``strict``: names that say "static" or "server" are no choice, but whatever their bearers are.
    """
    said = labels()
    worth = _SAID | ({"G": 0.0} if strict else {})
    ham = dict.fromkeys(p for name in sets if name.startswith("ham") for p in sets[name])
    lines = dict.fromkeys(p for name in LINES for p in sets[name] if p not in ham)
    hams, many = (Counter(domain(name) for name, _ in group) for group in (ham, lines))
    for pair in ham:
        label = said.get(pair, "S")
        weight = worth[label] * PER_DOMAIN / max(PER_DOMAIN, hams[domain(pair[0])])
        yield Example(pair, rules_of(pair), label == "D", weight, fold(pair[0]))
    for pair in lines:
        rules = rules_of(pair)
        is_taught = not rules & (_SERVERS if strict else _SERVERS | _A_CHOICE)
        weight = many[domain(pair[0])] ** -0.5 if is_taught else 0.0
        yield Example(pair, rules, True, weight, fold(pair[0]))
    for pair in sets["leaked 2019-26"]:
        if pair not in ham:
            yield Example(pair, rules_of(pair), True, 0.0, fold(pair[0]))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the milter's lines of some days say of each finding: whom the next stage would have hit."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..judge.addresses import parse
from ..judge.names import labels
from ..judge.policy import domain_of
from ..judge.stages import KINDS, Kind
from ..judge.suffixes import known
from ..judge.words import Finding, Rule
from ..milter import journal
from .journald import MILTER, Entry, Question

PATTERN = "^ref="
MOST = 200_000  # clients, organisations and domains of each kind that are told apart
# Whom no stage would touch, and what was found while DNS was not believed.
_SPARED = (Rule.OWN_NETWORK, Rule.AUTHENTICATED, Rule.POSTMASTER, Rule.PRIVATE_ADDRESS)
_UNTOUCHED = frozenset([*map(str, _SPARED), Rule.BREAKER.value])
_KINDS = {(finding.value, f"v{version}"): (finding, version) for finding, version in KINDS}
_PREFIX = {4: 24, 6: 48}


@dataclass(slots=True)
class Hits:
    """The sessions of one finding and family that a harder stage would have touched.

    ``clients`` counts the sessions of each address, ``organisations`` those of each registered
    domain of a name, or network where there is no name; ``senders`` has the domains that each
    client's mail claimed to be from, ``good`` the clients that the milter had remembered.
    """

    sessions: int = 0
    clients: Counter[str] = field(default_factory=Counter)
    organisations: Counter[str] = field(default_factory=Counter)
    senders: dict[str, set[str]] = field(default_factory=dict)
    good: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Seen:
    """All of it: the time of the first line, how many sessions were judged, who passed."""

    since: float = 0.0
    judged: int = 0
    passed: set[str] = field(default_factory=set)
    hits: dict[Kind, Hits] = field(default_factory=lambda: {kind: Hits() for kind in KINDS})


def question(since: float) -> Question:
    """Return what to ask the journal; ``since`` is in seconds since the epoch."""
    return Question(MILTER, PATTERN, since)


def read(entries: Iterable[Entry]) -> Seen:
    """Add up the lines."""
    seen = Seen()
    for entry in entries:
        line = journal.parse(entry.message)
        if line and {"finding", "address", "family", "rule"} <= line.keys():
            seen.since = seen.since or entry.when
            _add(seen, line)
    return seen


def _add(seen: Seen, line: dict[str, str]) -> None:
    seen.judged += 1
    address, rule = line["address"], line["rule"].partition(":")[0]
    if line["finding"] == Finding.OK:
        if len(seen.passed) < MOST:
            seen.passed.add(address)
        return
    if rule in _UNTOUCHED or line["rule"].startswith("exemption:"):
        return
    kind = _KINDS.get((line["finding"], line.get("family", "")))
    if kind is None:  # a word of another release
        return
    hits = seen.hits[kind]
    hits.sessions += 1
    _count(hits.clients, address)
    _count(hits.organisations, organisation(address, line.get("name", "")))
    if rule == Rule.REMEMBERED:
        hits.good.add(address)
    if (sender := domain_of(line.get("from"))) != "." and len(hits.senders) < MOST:
        hits.senders.setdefault(address, set()).add(sender)


def _count(counter: Counter[str], key: str) -> None:
    if key in counter or len(counter) < MOST:
        counter[key] += 1


def organisation(address: str, name: str) -> str:
    """Return the registered domain of a name; the network of the address if there is no name."""
    parts = labels(name)
    if not parts:
        client = parse(address)
        size = client.max_prefixlen - _PREFIX[client.version]
        return f"{client.__class__(int(client) >> size << size)}/{_PREFIX[client.version]}"
    return ".".join(parts[-known().size(parts) - 1 :])

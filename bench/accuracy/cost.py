# SPDX-License-Identifier: GPL-3.0-or-later
"""What the whole policy stops and whom it hits: every labelled session by its finding.

A failed lookup is in the data as "none", like an address without a PTR. It shows as one where the
same address was confirmed at another time; so that is what memory and deferral can make good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from bench.accuracy.sets import SINCE, Pair, Row, domain, rows
from ptrgate.judge.addresses import parse
from ptrgate.judge.words import Finding

# what the source wrote down; "unverified" does not say which of the two it was
UNNAMED = "no_ptr or forged"
NOT_TOLD_APART = "not told apart"
_FOUND = {
    "ok": Finding.OK.value,
    "none": Finding.NO_PTR.value,
    "forged": Finding.FORGED.value,
    "unverified": UNNAMED,
    "unknown": NOT_TOLD_APART,
}
FINDINGS = (*(f.value for f in (Finding.NO_PTR, Finding.FORGED, Finding.DYNAMIC)), UNNAMED)

IsLine = Callable[[Pair], bool]


@dataclass(frozen=True, slots=True)
class Client:
    """A row of the data, judged. ``known``: its address passed at another time."""

    address: str
    name: str
    helo: str
    messages: int
    finding: str
    known: bool

    @property
    def organisation(self) -> str:
        """The registered domain of the name, or of the HELO, or the network."""
        named = domain(self.name or self.helo.lower().strip("[]"))
        is_name = "." in named and not named.replace(".", "").isdigit()
        return named if is_name else self.address.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Setting:
    """Whether known good addresses are remembered, and failed lookups deferred."""

    memory: bool
    deferral: bool

    def fate(self, client: Client) -> str:
        """Return "passes", "delayed" or "stopped", as the milter would have it."""
        if client.finding in (Finding.OK, NOT_TOLD_APART):
            return "passes"
        is_failure = client.finding == Finding.NO_PTR
        if is_failure and ":" in client.address:
            return "delayed"  # IPv6 without a name is deferred, and comes again over IPv4
        if not client.known or client.finding in (Finding.DYNAMIC, Finding.FORGED):
            return "stopped"  # who is remembered and found forged again is refused in the end
        if self.memory:  # the lookup failed: taken; it was heard otherwise: asked to come again
            return "passes" if self.deferral and is_failure else "delayed"
        return "delayed" if self.deferral and is_failure else "stopped"


SETTINGS = tuple(Setting(m, d) for m, d in product((False, True), repeat=2))


@dataclass(frozen=True, slots=True)
class Corpus:
    """Spam and good mail that came to the same servers."""

    title: str
    spam: tuple[Client, ...]
    good: tuple[Client, ...]


_CORPORA: dict[str, Callable[[Row], bool]] = {
    "2007 (trec07)": lambda r: r["set"] == "trec07",
    "2007-10 (csdmc2010, listhop since 2007)": lambda r: (
        r["set"] == "csdmc2010" or (r["set"].startswith("listhop") and int(r["year"]) >= SINCE)
    ),
    "2019-26 (linuxlists; spam that their filters let through)": lambda r: r["set"].startswith(
        "linuxlists"
    ),
}


def corpora(is_line: IsLine) -> Iterator[Corpus]:
    """Yield the collections, judged; ``is_line`` tells whether a confirmed name is a line's."""
    data = [row for row in rows() if row["ip"]]
    hams = {row["ip"] for row in data if row["label"] == "ham-source"}
    for title, belongs in _CORPORA.items():
        ours = [row for row in data if belongs(row)]
        judged = [(row, _finding(row, is_line)) for row in ours]
        passed = {row["ip"] for row, finding in judged if finding == Finding.OK}
        spam = [j for j in judged if j[0]["label"] == "spam-source" and j[0]["ip"] not in hams]
        good = [j for j in judged if j[0]["label"] == "ham-source"]
        yield Corpus(title, _clients(spam, passed), _clients(good, passed))


def _finding(row: Row, is_line: IsLine) -> str:
    finding = _FOUND[row["forward"]]
    pair = row["rdns"], str(parse(row["ip"]))
    return Finding.DYNAMIC.value if finding == Finding.OK and is_line(pair) else finding


def _clients(judged: Iterable[tuple[Row, str]], passed: set[str]) -> tuple[Client, ...]:
    return tuple(
        Client(row["ip"], row["rdns"], row["helo"], int(row["messages"] or 1), finding,
               row["ip"] in passed)
        for row, finding in judged
    )  # fmt: skip


def messages(clients: Iterable[Client]) -> int:
    """Return how many messages they brought."""
    return sum(client.messages for client in clients)


def addresses(clients: Iterable[Client]) -> set[str]:
    """Return their addresses."""
    return {client.address for client in clients}


def with_fate(clients: Iterable[Client], setting: Setting, fate: str) -> list[Client]:
    """Return those that meet this fate."""
    return [client for client in clients if setting.fate(client) == fate]


def dearest(corpus: Corpus, most: int = 10) -> list[Client]:
    """Return the good rows whose refusal costs most, with memory and deferral."""
    hit = with_fate(corpus.good, SETTINGS[-1], "stopped")
    return sorted(hit, key=lambda client: (-client.messages, client.address))[:most]

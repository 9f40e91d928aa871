# SPDX-License-Identifier: GPL-3.0-or-later
"""The labelled names, and the sets on which a classifier is measured."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random

from publicsuffix2 import get_sld

DATA = Path(__file__).resolve().parents[2] / "data"
SINCE = 2007  # mailing lists' good senders before are of another time
PER_DOMAIN = 3  # names of good senders that count for each registered domain

Pair = tuple[str, str]  # a PTR name and its address
Row = Mapping[str, str]


@cache
def domain(name: str) -> str:
    """Return the registered domain of a name, private suffixes counted."""
    return get_sld(name) or name


def rows() -> Iterator[Row]:
    """Yield the rows of the labelled names."""
    with gzip.open(DATA / "rdns-names.tsv.gz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def pairs(file: str) -> Iterator[tuple[Pair, str]]:
    """Yield name and address of each line of a file beside the rows, with its last column."""
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        name, address, *rest = line.split("\t")
        yield (name, address), rest[0] if rest else ""


def labels() -> dict[Pair, str]:
    """Return what readers said of good senders' names: D(ynamic), G(eneric), S(erver) or ?."""
    return dict(pairs("ham-adjudicated.tsv"))


def _capped(found: Iterable[Pair]) -> list[Pair]:
    """Return at most three names a registered domain, the same ones each time."""
    seen: Counter[str] = Counter()
    mixed, kept = list(found), []
    Random(1).shuffle(mixed)  # noqa: S311 (repeatable, no secret)
    for pair in mixed:
        seen[domain(pair[0])] += 1
        if seen[domain(pair[0])] <= PER_DOMAIN:
            kept.append(pair)
    return kept


def _is_v4(row: Row) -> bool:
    return ":" not in row["ip"]


def _is_ham_of_2007(row: Row) -> bool:
    since = row["set"].startswith("listhop") and int(row["year"] or 0) >= SINCE
    return _is_ham(row) and _is_v4(row) and (row["set"] in ("trec07", "csdmc2010") or since)


def _is_ham(row: Row) -> bool:
    return row["label"] == "ham-source"


def sets() -> dict[str, list[Pair]]:
    """Return the sets by name: unique names with their addresses."""
    data = [row for row in rows() if row["rdns"]]
    hams = {row["ip"] for row in data if _is_ham(row) and row["ip"]}

    def pick(test: Callable[[Row], bool]) -> list[Pair]:
        return list(dict.fromkeys((row["rdns"], row["ip"]) for row in data if test(row)))

    def spam(name: str) -> list[Pair]:
        return pick(
            lambda r: r["set"] == name and not _is_ham(r) and _is_v4(r) and r["ip"] not in hams
        )

    def lines(version: int) -> list[Pair]:
        is_v4 = version == 4  # noqa: PLR2004 (IPv4)
        return pick(lambda r: r["set"].startswith("submission") and _is_v4(r) == is_v4)

    def lists(version: int) -> list[Pair]:
        is_v4 = version == 4  # noqa: PLR2004 (IPv4)
        return pick(
            lambda r: r["set"].startswith("linuxlists") and _is_ham(r) and _is_v4(r) == is_v4
        )

    found = {
        "spam 2007": spam("trec07"),
        "spam 2009": spam("csdmc2010"),
        "leaked 2019-26": spam("linuxlists_spamleak_2019_2026"),
        "ISP v4": lines(4),
        "ISP v6": lines(6),
        "ham 2007-10 cap 3": _capped(pick(_is_ham_of_2007)),
        "ham 2019-26 cap 3": _capped(lists(4)),
        "ham 2019-26 all": lists(4),
        "ham v6 cap 3": _capped(lists(6)),
    }
    said = labels()
    ham = dict.fromkeys(pair for name in found if name.endswith("cap 3") for pair in found[name])
    return found | {f"ham {k}": [p for p in ham if said.get(p, "S") == k] for k in "DGS"}

# SPDX-License-Identifier: GPL-3.0-or-later
"""How many clients of which kind an appliance saw, by its counters and by its journal."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable

from ptrgate.milter import journal
from ptrgate.shared.layout import BOUNDS, Session, kind_of

from . import mail

UNIT = ("journalctl", "-q", "-o", "cat", "-u", "ptrgate-milter")

Totals = Counter[object]  # everything that is counted a session: a name, a number


def amount(lines: Iterable[dict[str, str]]) -> Totals:
    """Return what lines of the journal amount to."""
    numbers: Totals = Counter()
    for line in lines:
        numbers[kind_of(line)] += 1
        numbers[f"source {line['source']}"] += 1
        numbers["queries"] += int(line.get("queries", 0))
        if "ms" in line:
            bucket = next(bound for bound in BOUNDS if int(line["ms"]) <= bound)
            numbers[f"up to {bound_of(bucket)}"] += 1
            numbers["milliseconds"] += int(line["ms"])
    return numbers


def bound_of(bound: float | None) -> str:
    """Write a bound as JSON can."""
    return "any" if bound in (None, BOUNDS[-1]) else str(bound)


def counted(host: str) -> Totals:
    """Return what the appliance says it counted."""
    told = json.loads(mail.inside(host, "ptrgate", "counters", "--json"))
    numbers: Totals = Counter()
    for one in told["sessions"]:
        numbers[Session(*(one[key] for key in Session._fields))] = one["count"]
    numbers |= {f"source {source}": number for source, number in told["sources"].items()}
    numbers |= {f"up to {bound_of(bound)}": n for bound, n in told["judging"]["up_to"]}
    numbers |= {"queries": told["queries"], "milliseconds": told["judging"]["milliseconds"]}
    return numbers


def lines(host: str, cursor: str) -> list[dict[str, str]]:
    """Return the appliance's lines after a place in its journal."""
    written = mail.inside(host, *UNIT, f"--after-cursor={cursor}").splitlines()
    return [line for line in map(journal.parse, written) if line]


class Mark:
    """A moment at which counters and journal agree: nobody was on the way between them."""

    def __init__(self, host: str) -> None:
        """Wait for such a moment."""
        self.host = host
        while True:
            shown = mail.inside(host, *UNIT, "-n", "1", "--show-cursor")
            self.cursor = shown.rpartition("-- cursor: ")[2].strip()
            self.before = counted(host)
            time.sleep(1)
            if not lines(host, self.cursor):
                return

    def since(self) -> tuple[Totals, Totals]:
        """Return what was counted since, and what the lines since amount to."""
        by_lines = amount(lines(self.host, self.cursor))
        return counted(self.host) - self.before, +by_lines

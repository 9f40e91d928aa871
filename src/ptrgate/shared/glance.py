# SPDX-License-Identifier: GPL-3.0-or-later
"""What the workers share, for a verb that only looks: the breaker's state and the memory."""

import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from ..judge.policy import Circumstances
from ..judge.words import Finding
from . import board, memory
from .breaker import State
from .ledger import Ledger
from .places import TABLES, Record, place_of
from .standing import GRACE

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Glance:
    """What was found: ``state`` and ``remembered`` are None where there is nothing to read.

    ``record`` is what is remembered of the address that was asked for.
    """

    state: State | None = None
    remembered: int | None = None
    record: Record | None = None

    @property
    def breaker(self) -> str | None:
        """The breaker in one word."""
        return ("open" if self.state.is_open else "closed") if self.state else None

    def holds(self, circumstances: Circumstances, finding: Finding) -> Circumstances:
        """Return what a worker would tell the policy of a client with this finding."""
        lost = self.record.lost if self.record else 0
        patience = GRACE if finding is not Finding.DNS_FAILURE else 0.0
        remembered = self.record is not None and (not lost or time.time() - lost < patience)
        is_open = self.state is not None and self.state.is_open
        return replace(circumstances, remembered=remembered, breaker_open=is_open)

    def sentences(self) -> list[str]:
        """Say it in words."""
        said = []
        if self.state and self.state.is_open:
            minutes = (time.monotonic() - self.state.since) / 60
            said.append(
                f"breaker OPEN for {minutes:.0f} min, nobody is refused: {self.state.evidence}"
            )
        elif self.state:
            said.append(f"breaker closed: DNS is believed; {len(self.state.armed)} canaries count")
        if self.remembered is not None:
            seen = f"; this one passed {self._ago()}" if self.record else ""
            said.append(f"memory: {self.remembered} addresses{seen}")
        return said

    def _ago(self) -> str:
        hours = time.time() // _HOUR - (self.record.seen if self.record else 0)
        days = int(hours // 24)
        return "within the last day" if days < 1 else f"{days} days ago"


def glance(directory: Path, address: str, days: int) -> Glance:
    """Read what is shared in ``directory``, as its owner; never raises."""
    found = Glance()
    try:
        octets = (directory / board.FILE_NAME).read_bytes()
        found = replace(found, state=board.parse(octets, time.monotonic()))
    except OSError:
        pass
    path = directory / memory.FILE_NAME
    if not path.is_file():
        return found
    try:
        ledger = Ledger(path)
        record = ledger.find(place_of(address))
        number = sum(map(ledger.count, TABLES))
    except (sqlite3.Error, OSError):
        return found
    if record and record.seen < time.time() // _HOUR - 24 * days:
        record = None
    return replace(found, remembered=number, record=record)

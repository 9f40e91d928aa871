# SPDX-License-Identifier: GPL-3.0-or-later
"""What the workers share, for a verb that only looks: the breaker's state and the memory."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..judge.policy import Circumstances
from ..judge.terms import AT_ONCE
from ..judge.words import Finding
from . import board, courtesy, memory
from .breaker import State
from .ledger import Ledger
from .places import TABLES, Record, place_of, warning_of
from .standing import GRACE
from .timed import moment

_HOUR, _DAY = 3600, 86400


@dataclass(frozen=True, slots=True)
class Glance:
    """What was found: ``state`` and ``remembered`` are None where there is nothing to read.

    ``record`` is what is remembered of the address that was asked for, ``warned`` when (seconds
    since the epoch) it was first told to come again, for each finding.
    """

    state: State | None = None
    remembered: int | None = None
    record: Record | None = None
    warned: Mapping[Finding, int] = field(default_factory=dict)

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
        told = self.warned.get(finding)
        warned_for = time.time() - told if told else 0.0
        return replace(
            circumstances, remembered=remembered, breaker_open=is_open, warned_for=warned_for
        )

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
        for finding, when in self.warned.items():
            said.append(f"first deferred for {finding} at {moment(when)}")
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
        warned = {one: ledger.noted(*warning_of(address, one)) for one in AT_ONCE}
    except (sqlite3.Error, OSError):
        return found
    if record and record.seen < time.time() // _HOUR - 24 * days:
        record = None
    oldest = time.time() - courtesy.DAYS * _DAY
    told = {one: when for one, when in warned.items() if when and when > oldest}
    return replace(found, remembered=number, record=record, warned=told)

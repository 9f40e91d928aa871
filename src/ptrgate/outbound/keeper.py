# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps state, table and Postfix in step: the only writer of gate.json and outbound.pcre.

The order survives a crash at any point: first the state that says a reload is due, then the
table, then the reload, then the state that says it is done. The next proof finishes the rest.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..shared.amending import opened, put
from . import gate, state, table
from .gate import Mode, Rung, Terms
from .mail import RETRY_SECONDS, SETTLE_SECONDS, Postfix
from .proof import Proof, by_family
from .rows import as_dict
from .settings import Settings
from .state import Record


@dataclass(frozen=True, slots=True)
class Change:
    """What an order did: the record before (None: there was none) and after."""

    before: Record | None
    after: Record
    table_written: bool


@dataclass(frozen=True, slots=True)
class Keeper:
    """The gate of this host, under ``directory``."""

    directory: Path
    settings: Settings
    postfix: Postfix
    clock: Callable[[], float] = time.time

    @property
    def state_file(self) -> Path:
        """Return where the gate's memory is."""
        return self.directory / "gate.json"

    @property
    def table_file(self) -> Path:
        """Return where Postfix reads the gate's one line."""
        return self.directory / "outbound.pcre"

    @property
    def terms(self) -> Terms:
        """Return what the settings ask of a proof."""
        return Terms(interval=self.settings.interval, smarthost=bool(self.settings.smarthost))

    def read(self) -> Record:
        """Return the gate's memory; raises ``state.BadState``."""
        return state.read(self.state_file)

    def init(self, mode: Mode) -> Change | None:
        """Start the gate in ``mode``; None, and nothing done, where it has a state already."""
        with self._locked():
            if self.state_file.exists():
                return None
            return self._apply(None, Record(gate.start(mode, self.clock())))

    def enforce(self) -> Change:
        """End observing: from now on mail leaves as the proofs allow."""
        with self._locked():
            before = self.read()
            now = gate.settle(replace(before.state, mode=Mode.PROVE), self.clock(), self.terms)
            return self._apply(before, replace(before, state=now))

    def prove(self, proofs: Sequence[Proof]) -> Change:
        """Take one observation into account, and do what it or an earlier one left to do."""
        with self._locked():
            before, now = self.read(), self.clock()
            after = gate.step(before.state, by_family(proofs), now, self.terms)
            rows = tuple(as_dict(proof) for proof in proofs)
            return self._apply(before, replace(before, state=after, proofs=rows, proved_at=now))

    def _apply(self, before: Record | None, after: Record) -> Change:
        line = table.line(after.state.rung, self.settings.smarthost)
        if after.reload_due or table.differs(self.table_file, line):
            after = self._switch(after, line)
            return Change(before, after, table_written=True)
        if after.flush_again_at is not None and self.clock() >= after.flush_again_at:
            self.postfix.flush()
            after = replace(after, flush_again_at=None)
        state.write(self.state_file, after)
        return Change(before, after, table_written=False)

    def _switch(self, after: Record, line: str) -> Record:
        state.write(self.state_file, replace(after, reload_due=True))
        put(self.table_file, line, mode=0o644)
        self.postfix.reload()
        again = None
        if after.state.rung != Rung.HOLD:
            self.postfix.flush(settle=SETTLE_SECONDS)
            again = self.clock() + RETRY_SECONDS
        after = replace(after, reload_due=False, flush_again_at=again)
        state.write(self.state_file, after)
        return after

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with opened(self.directory) as directory:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield

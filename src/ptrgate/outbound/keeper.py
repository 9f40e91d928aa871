# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps state, table and Postfix in step: the only writer of gate.json and outbound.pcre.

The order survives a crash at any point: first the state that says a reload is due, then the
table, then the reload, then the state that says it is done. The next proof finishes the rest.
Where the state cannot be written (a full disk), nothing is opened, but what has to close closes.
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
from .gate import Mode, Override, Rung, Terms
from .guard import Guard, Tended
from .mail import RETRY_SECONDS, SETTLE_SECONDS, Postfix, PostfixFailed
from .proof import Proof, by_family, refused
from .rows import as_dict
from .settings import Settings
from .state import BadState, Record


@dataclass(frozen=True, slots=True)
class Change:
    """What an order did: the record before (None: there was none) and after.

    ``tended`` is what the guard did, ``trouble`` why it could do nothing.
    """

    before: Record | None
    after: Record
    table_written: bool
    tended: Tended | None = None
    trouble: str = ""


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
    def guard(self) -> Guard:
        """Return who keeps waiting mail from expiring."""
        return Guard(self.directory / "gate-guarded.json", self.postfix)

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
            first = Record(gate.start(mode, self.clock()), asked=self.postfix.asks(self.table_file))
            return self._apply(None, first)

    def enforce(self) -> Change:
        """End observing: from now on mail leaves as the proofs allow."""
        with self._locked():
            before = self.read()
            return self._settled(before, replace(before.state, mode=Mode.PROVE))

    def override(self, wanted: Override | None) -> Change:
        """Let the operator's order go before all proofs, or end it (None)."""
        with self._locked():
            before = self.read()
            stands = before.state.override
            if stands and wanted and stands.rung == wanted.rung and stands.as_good_as(wanted):
                wanted = stands
            return self._settled(before, replace(before.state, override=wanted))

    def settle(self) -> Change:
        """Do what the clock alone asks for: end an override, keep waiting mail from expiring."""
        with self._locked():
            before = self._read_or_close()
            return self._tend(self._settled(before, before.state))

    def prove(self, proofs: Sequence[Proof]) -> Change:
        """Take one observation into account, and do what it or an earlier one left to do."""
        with self._locked():
            before, now = self.read(), self.clock()
            seen, lame = by_family(proofs), refused(proofs)
            after = gate.step(before.state, seen, now, self.terms, refused=lame)
            rows = tuple(as_dict(proof) for proof in proofs)
            found = replace(
                before, proofs=rows, proved_at=now, asked=self.postfix.asks(self.table_file)
            )
            return self._apply(before, replace(found, state=after))

    def _settled(self, before: Record, wanted: gate.State) -> Change:
        now = gate.settle(wanted, self.clock(), self.terms)
        return self._apply(before, replace(before, state=now))

    def _read_or_close(self) -> Record:
        """Return the state; without one, close where an override would go on after its end."""
        try:
            return self.read()
        except BadState:
            if table.is_over(self.table_file, self.clock()):
                self._close(table.line(Rung.HOLD, ""))
            raise

    def _close(self, line: str) -> None:
        table.overwrite(self.table_file, line)
        self.postfix.reload()

    def _apply(self, before: Record | None, after: Record) -> Change:
        if before and _moved(before.state, after.state):
            after = replace(after, moves=after.moves + 1)
        line = table.line(after.state.rung, self.settings.smarthost, after.state.override)
        if after.reload_due or table.differs(self.table_file, line):
            after = self._switch(after, line)
            return self._tend(Change(before, after, table_written=True))
        if after.flush_again_at is not None and self.clock() >= after.flush_again_at:
            self.postfix.flush()
            after = replace(after, flush_again_at=None)
        if after != before:
            state.write(self.state_file, after)
        return Change(before, after, table_written=False)

    def _switch(self, after: Record, line: str) -> Record:
        try:
            state.write(self.state_file, replace(after, reload_due=True))
        except BadState:
            if after.state.rung == Rung.HOLD:
                self._close(line)
            raise
        put(self.table_file, line, mode=0o644)
        self.postfix.reload()
        again = None
        if after.state.rung != Rung.HOLD:
            self.postfix.flush(settle=SETTLE_SECONDS)
            again = self.clock() + RETRY_SECONDS
        after = replace(after, reload_due=False, flush_again_at=again)
        state.write(self.state_file, after)
        return after

    def _tend(self, change: Change) -> Change:
        """Have the guard look at the queue; that it cannot must not stop the gate."""
        try:
            tended = self.guard.tend(change.after.state.rung, self.clock())
        except (PostfixFailed, OSError) as error:
            return replace(change, trouble=str(error))
        after = replace(change.after, kept=tended.kept)
        if after != change.after:
            state.write(self.state_file, after)
        return replace(change, after=after, tended=tended)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with opened(self.directory) as directory:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield


def _moved(before: gate.State, after: gate.State) -> bool:
    return (before.mode, before.rung) != (after.mode, after.rung)

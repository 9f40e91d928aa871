# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host knows besides the policy and DNS, composed from the files of its state directory."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ..judge.addresses import parse
from ..judge.finding import Judgement
from ..judge.policy import ORDINARY, Circumstances, Exemption, domain_of
from ..judge.terms import Policy
from ..judge.words import Action, Finding, Mode
from .counters import Gauge
from .courtesy import Books
from .crowd import Crowd
from .guard import Guard
from .overrides import Overrides

# A known good sender is refused only if it has no name for so long: by then a resolver that lies
# has forgotten what it once knew of the canaries (Unbound: cache-max-ttl 300).
GRACE = 300.0
TICK, REPORT = 1.0, 10.0  # seconds


class HostStanding:
    """The standing of this host, for many threads; never raises."""

    def __init__(
        self,
        policy: Policy,
        overrides: Overrides,
        books: Books,
        guard: Guard,
        *,
        doubted: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Compose what the operator said at run time, what is remembered, what is believed.

        ``doubted`` is called while DNS is not believed, for whoever keeps its answers.
        """
        self._policy, self._overrides = policy, overrides
        self._doubted = doubted
        self._memory, self._courtesy = books.memory, books.courtesy
        self._guard, self._now = guard, now
        self._crowd = Crowd(time.monotonic())
        self._reported = 0.0
        self._leaving = threading.Event()

    def exemptions(self) -> tuple[Exemption, ...]:
        """Return the exemptions made at run time."""
        return self._overrides.exemptions()

    def private(self) -> None:
        """Take note of a client whose address is private."""
        self._crowd.private()

    def of(self, judgement: Judgement) -> Circumstances:
        """Return what holds for a client that was just judged, and learn from it."""
        self._crowd.public()
        address = judgement.iprev.address
        if judgement.finding is Finding.OK:  # no circumstance changes what becomes of it
            self._passed(address)
            return ORDINARY
        paused = self._overrides.paused() is not None
        ordinary = Circumstances(paused=paused, exemptions=self.exemptions())
        if judgement.finding is Finding.DNS_FAILURE:
            record = self._memory.recall(address) if self._memory else None
            return replace(ordinary, remembered=record is not None and not record.lost)
        if self._courtesy and self._policy.patience(judgement.finding, _version(judgement)):
            warned_for = self._courtesy.warned_for(address, judgement.finding)
            ordinary = replace(ordinary, warned_for=warned_for)
        return self._bad(judgement, ordinary)

    def of_mail(
        self, circumstances: Circumstances, judgement: Judgement, sender: str
    ) -> Circumstances:
        """Return what holds for a client of these circumstances now that it names a sender."""
        policy, courtesy = self._policy, self._courtesy
        if courtesy is None or not (policy.written_to_days and policy.written_to_hours):
            return circumstances
        if policy.action(judgement.finding, _version(judgement)) is not Action.REFUSE:
            return circumstances
        if not courtesy.wrote_to(domain_of(sender)):
            return replace(circumstances, written_to=False)
        warned_for = courtesy.warned_for(judgement.iprev.address, judgement.finding)
        return replace(circumstances, written_to=True, warned_for=warned_for)

    def warned(self, judgement: Judgement) -> None:
        """Note that a client was deferred, and will be refused when its hours are over."""
        if self._courtesy:
            self._courtesy.warned(judgement.iprev.address, judgement.finding)

    def _passed(self, address: str) -> None:
        self._guard.passed(address)
        if self._memory:
            self._memory.passed(address)

    def _bad(self, judgement: Judgement, ordinary: Circumstances) -> Circumstances:
        """Judge a definite bad answer: is it believed, and was the sender a good one?"""
        is_believed = self._is_believed(judgement, paused=ordinary.paused)
        address = judgement.iprev.address
        record = self._memory.recall(address) if self._memory else None
        if record and judgement.finding is not Finding.DYNAMIC:  # that is no loss of a name
            is_believed = self._guard.lost(address) and is_believed
        if not (record and self._memory and is_believed):
            return replace(ordinary, remembered=record is not None, breaker_open=not is_believed)
        if not 0 < record.lost <= self._now():  # later: the clock was set back
            self._memory.lost(address, record)
        elif self._now() - record.lost >= GRACE:
            self._memory.forget(address)
            return ordinary
        return replace(ordinary, remembered=True)

    def _is_believed(self, judgement: Judgement, *, paused: bool) -> bool:
        refuses = self._policy.action(judgement.finding, _version(judgement)) is Action.REFUSE
        if refuses and self._policy.mode is Mode.ENFORCE and not paused:
            return self._guard.believes()
        return not self._guard.state.is_open

    def keep(self) -> None:
        """Keep house until `close`: to be run in a thread of its own."""
        while not self._leaving.wait(TICK):
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next tick may do
                self._guard.complain(f"error in keeping house: {error!r}")

    def tick(self) -> None:
        """Write down who passed, report, ask the canaries if it is time to."""
        if self._memory:
            self._crowd.returned(self._memory.flush())
        if self._courtesy:
            self._courtesy.flush()
        now = time.monotonic()
        if now - self._reported >= REPORT:
            self._reported = now
            noted = {
                Gauge.MEMORY_ENTRIES: self._memory.count() if self._memory else 0,
                Gauge.WARNED_CLIENTS: self._courtesy.count() if self._courtesy else 0,
            }
            self._guard.report(str(os.getpid()), self._crowd.report(now), noted)
        if self._guard.state.is_open:
            self._doubted()
        self._guard.tick()

    def close(self) -> None:
        """Write down what is not written yet."""
        self._leaving.set()
        if self._memory:
            self._memory.flush()
        if self._courtesy:
            self._courtesy.flush()


def _version(judgement: Judgement) -> int:
    return parse(judgement.iprev.address).version

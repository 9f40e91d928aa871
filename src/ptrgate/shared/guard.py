# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the canaries whenever it must be known whether DNS is believed, and says what changed."""

import threading
from collections.abc import Callable, Mapping, Sequence

from ..judge.answers import Lookup
from . import breaker
from .board import Board
from .breaker import Asked, Report, State
from .canaries import Canary, ask, first_right
from .counters import Counter, Counters, Gauge

FRESH = 0.1  # seconds that a right answer counts for: under load, ten questions a second
QUIET = 3600.0  # seconds until the same warning again
LEAST_CLIENTS = 50  # before anything is said of most of them

Tell = Callable[[str, bool], None]


class Guard:
    """The breaker of a host as one worker sees it; for many threads, never raises."""

    def __init__(
        self,
        board: Board,
        canaries: Sequence[Canary],
        lookup: Lookup,
        counters: Counters,
        tell: Tell,
    ) -> None:
        """Ask ``lookup`` for the canaries; ``tell`` hears what changed, True if it is bad."""
        self._board, self._canaries, self._lookup = board, tuple(canaries), lookup
        self._counters, self._tell, self._clock = counters, tell, board.clock
        self._asking = threading.Lock()
        self._lost: frozenset[str] = frozenset()

    @property
    def state(self) -> State:
        """The state that all workers share."""
        return self._board.read()

    def believes(self) -> bool:
        """Tell whether DNS is believed now; asks, unless it was right a moment ago.

        Whoever waits for another's question is content with the answer to it.
        """
        arrived = self._clock()
        state = self.state
        if state.is_open:
            return False
        if arrived - state.right < FRESH or not state.armed:
            return True
        with self._asking:
            state = self.state
            if not state.is_open and arrived - state.asked >= FRESH:
                armed = [each for each in self._canaries if each.label in state.armed]
                state = self._round(lambda: first_right(armed, self._lookup, self._clock))
        return not state.is_open

    def tick(self) -> None:
        """Ask for all canaries if it is time to, and no other worker does."""
        before, after = self._board.change(lambda state: breaker.claimed(state, self._clock()))
        self._lost = frozenset(after.lost)
        if self._canaries and before.due != after.due:
            state = self._round(lambda: [ask(each, self._lookup) for each in self._canaries])
            if not state.armed:
                self._once("blind", _BLIND)

    def _round(self, work: Callable[[], list[Asked]]) -> State:
        began = self._clock()
        answers = work()
        now = self._clock()
        return self._change(lambda state: breaker.after_round(state, began, now, answers))

    def lost(self, address: str) -> bool:
        """Take note that a known good sender has no right name; tell whether DNS is believed."""
        now = self._clock()
        return not self._change(lambda state: breaker.after_loss(state, address, now)).is_open

    def passed(self, address: str) -> None:
        """Take note that an address passed, if it was lost a while ago."""
        if address in self._lost:
            self._change(lambda state: breaker.after_return(state, address))

    def report(self, worker: str, report: Report, noted: Mapping[Gauge, int]) -> None:
        """Take note of what this worker saw; warn if most clients hide their addresses.

        ``noted`` says how much the host remembers.
        """
        for gauge, number in noted.items():
            self._counters.set(gauge, number)
        state = self._change(lambda state: breaker.after_report(state, worker, report))
        crowd = breaker.hidden(state, LEAST_CLIENTS)
        self._counters.set(Gauge.CLIENTS_HIDDEN, int(crowd is not None))
        self._counters.set(Gauge.BREAKER_OPEN, int(state.is_open))
        self._counters.set(Gauge.LOST_SENDERS, breaker.lost(state, report.at))
        if crowd:
            self._once("hidden", _HIDDEN.format(*crowd))

    def _change(self, transition: Callable[[State], State]) -> State:
        before, after = self._board.change(transition)
        if after.is_open and before.cause is not after.cause:
            if not before.is_open:
                self._counters.add(Counter.BREAKER_TRIPS)
                self._counters.set(Gauge.BREAKER_OPEN, 1)
            self._tell(_OPEN.format(evidence=after.evidence), True)
        elif before.is_open and not after.is_open:
            seconds = after.since - before.since
            self._counters.set(Gauge.BREAKER_OPEN, 0)
            self._tell(_CLOSED.format(seconds=seconds), False)
        for label in after.missed:
            if label not in before.missed:
                self._tell(_MISSED.format(label=label), False)
        return after

    def complain(self, words: str) -> None:
        """Say what went wrong, once an hour."""
        self._once(words, words)

    def _once(self, what: str, words: str) -> None:
        now = self._clock()
        before, after = self._board.change(lambda state: breaker.told(state, what, now, QUIET))
        if before.told != after.told:
            self._tell(words, False)


_OPEN = (
    "breaker open: DNS is not believed, and nobody is refused until it is."
    " {evidence}. Look at this host's resolver"
)
_CLOSED = "breaker closed after {seconds:.0f} s: DNS is believed again, and clients are refused"
_MISSED = (
    "canary {label} is answered wrongly while others are right: DNS is believed. If this host's own"
    " PTR record is meant, ask whoever provides the address"
)
_BLIND = (
    "no canary has ever been answered rightly: a resolver that lies would not be noticed. Set"
    " engine_breaker_canaries to addresses whose names this host can look up"
)
_HIDDEN = (
    "client addresses are hidden: {0} of the last {1} clients had private addresses, which are"
    " never judged. If a load balancer or address translation stands before this host, let it"
    " pass on the clients' own addresses; if they are your own hosts, name them in"
    " ptrgate_relay_networks"
)

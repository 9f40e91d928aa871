# SPDX-License-Identifier: GPL-3.0-or-later
"""Judgements of this worker that are still fresh, so that a client who returns costs no DNS."""

import time
from collections.abc import Callable
from dataclasses import replace

from ..judge import freshness
from ..judge.finding import Judgement
from ..judge.words import Source

ENTRIES = 32_768  # of one generation; two of them take about 40 MB


class Verdicts:
    """Judges addresses, each once as long as the answers of DNS hold; for many threads.

    Instead of a list of uses there are two generations: what is used moves to the young one, and
    when that is full it becomes the old one. So whatever was not used for `entries` others goes,
    no lock is needed (each step is one operation of a dict), and nothing is ever searched for.
    """

    def __init__(
        self,
        judge: Callable[[str], Judgement],
        *,
        clock: Callable[[], float] = time.monotonic,
        entries: int = ENTRIES,
    ) -> None:
        """Ask ``judge``; remember at most twice as many ``entries``."""
        self._judge = judge
        self._clock = clock
        self._entries = entries
        self._young: dict[str, tuple[float, Judgement]] = {}
        self._old: dict[str, tuple[float, Judgement]] = {}

    def __call__(self, address: str) -> Judgement:
        """Return the judgement of an address; its source is the cache if it was made before."""
        known = self._young.get(address)
        if known is None and (known := self._old.pop(address, None)):
            self._keep(address, known)
        if known and self._clock() < known[0]:
            return known[1]
        begun = self._clock()  # the first answer may be as old as that
        judgement = self._judge(address)
        if fresh := freshness.seconds(judgement):
            self._keep(address, (begun + fresh, _slim(judgement)))
        return judgement

    def forget(self, address: str) -> None:
        """Judge this address anew when it comes again."""
        self._young.pop(address, None)
        self._old.pop(address, None)

    def clear(self) -> None:
        """Judge everybody anew."""
        self._young, self._old = {}, {}

    def _keep(self, address: str, known: tuple[float, Judgement]) -> None:
        if len(self._young) >= self._entries:
            self._old, self._young = self._young, {}
        self._young[address] = known


def _slim(judgement: Judgement) -> Judgement:
    """Leave out what no session asks for: why, and the evidence about the name."""
    iprev = replace(judgement.iprev, reason="", queries=0)
    return replace(judgement, iprev=iprev, dynamic=None, source=Source.CACHE)

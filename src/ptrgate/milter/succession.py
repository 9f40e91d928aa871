# SPDX-License-Identifier: GPL-3.0-or-later
"""How one generation of workers follows another, and how its dead are replaced.

A generation is a policy, its keys and a release of the code. A new one begins with a scout: if it
cannot use the policy, it says why and the old generation goes on. Only when all workers of the
new one serve, the old ones are told to leave, and the new one holds when these have said that they
take no more connections: nobody who comes later is judged by the old policy. A worker that dies is
replaced from what its generation was made of, whatever the files say meanwhile.
"""

import itertools
import time
from collections.abc import Callable
from typing import Any

from ..shared.notify import Level, say
from ..shared.paper import Unusable
from .child import Child, Material, State
from .generation import Generation
from .report import Report

BAD_CONFIGURATION = 78
OWN_FAILURE = 70
DEAF_SECONDS = 5.0  # for old workers to say that they take no more connections; they may hang

Start = Callable[[Material], Child]


class Succession:
    """The generation that serves, the one that is to follow, and those that leave."""

    def __init__(self, read: Callable[[], Material], start: Start, report: Report) -> None:
        """Make workers with ``start`` of what ``read`` returns, which may raise Unusable."""
        self._read = read
        self._start = start
        self._report = report
        self._candidate: Generation | None = None
        self._retired: list[Generation] = []
        self._unfit = ""  # what the scout said of the candidate
        self.current: Generation | None = None
        self.failed: int | None = None  # the exit status, if nothing can serve at all
        self.settled = True  # False while a candidate is tried, or old workers take connections
        self._deaf_by = 0.0

    @property
    def children(self) -> list[Child]:
        """All workers."""
        return list(itertools.chain.from_iterable(one.children for one in self._generations()))

    @property
    def leaving(self) -> int:
        """How many workers end their sessions."""
        return sum(len(one.children) for one in self._retired)

    def _generations(self) -> list[Generation]:
        return [one for one in (self.current, self._candidate, *self._retired) if one]

    def _of(self, child: Child) -> Generation:
        return next(one for one in self._generations() if child in one.children)

    def renew(self) -> None:
        """Try what the files say now; one that is just being tried goes on if they say the same."""
        material, unusable = self._material()
        if self._candidate and self._candidate.material == material:
            return
        if self._candidate:
            self._dismiss("a newer one was asked for", OWN_FAILURE)
        elif not self.settled:
            self._hold()
        self._unfit, self.settled = "", False
        if material is None:
            self._refuse(unusable, BAD_CONFIGURATION)
            return
        self._candidate = Generation(material)
        self._hire(self._candidate)

    def _material(self) -> tuple[Material | None, str]:
        """Return what the files hold, or None and why that cannot be had."""
        try:
            return self._read(), ""
        except Unusable as error:
            return None, str(error)

    def tend(self) -> None:
        """Do what is due: replace who died, wait no longer for who hangs."""
        now = time.monotonic()
        if self.current and now >= self.current.hire_after:
            self._hire(self.current)
        is_promoted = self._candidate is None and self.current is not None and not self.settled
        listening = any(child.listens for one in self._retired for child in one.children)
        if is_promoted and (not listening or now >= self._deaf_by):
            self._hold()

    def _hire(self, generation: Generation) -> None:
        for _ in range(generation.missing):
            generation.children.append(self._start(generation.material))
            self._report.started()

    def heard(self, child: Child, kind: str, **said: Any) -> None:
        """Take in what a worker said."""
        generation = self._of(child)
        child.pulse.answered()
        if kind == "trouble":
            self._report.erred()
        elif kind == "deaf":
            child.listens = False
        elif kind == "unfit":
            self._unfit = said["reason"]
        elif kind == "ready" and child.state is State.STARTING:
            generation.serves(child, **said)
            self._hire(generation)
        if generation is self._candidate and generation.complete:
            self._promote(generation)

    def _promote(self, generation: Generation) -> None:
        if self.current:
            self._retire(self.current)
        self.current, self._candidate = generation, None
        self._deaf_by = time.monotonic() + DEAF_SECONDS

    def _hold(self) -> None:
        """Say that what serves is what the files say, for everybody who comes."""
        if self.current:
            self.settled = True
            self._report.reloaded()
            words = f"policy {self.current.policy} holds, {self.current.wanted} workers"
            say(Level.NOTICE, words)

    def _retire(self, generation: Generation) -> None:
        generation.leave()
        self._retired.append(generation)

    def _dismiss(self, reason: str, status: int) -> None:
        """Give the candidate up."""
        if self._candidate:
            self._retire(self._candidate)
            self._candidate = None
        self._refuse(reason, status)

    def _refuse(self, reason: str, status: int) -> None:
        if self.current is None:
            say(Level.ERROR, f"cannot start: {reason}")
            self.failed = status
            return
        say(Level.ERROR, f"the new policy does not hold, {self.current.policy} stays: {reason}")
        self._report.refused(reason)
        self.settled = True

    def died(self, child: Child, status: int) -> None:
        """Bury a worker that ended with ``status``."""
        generation = self._of(child)
        generation.children.remove(child)
        if generation is self._candidate:
            bad = BAD_CONFIGURATION if status == BAD_CONFIGURATION else OWN_FAILURE
            self._dismiss(self._unfit or f"its worker ended with status {status}", bad)
        elif child.state is not State.LEAVING:
            pause = generation.pause(child)
            self._report.died()
            say(
                Level.WARNING,
                f"worker {child.pid} ended with status {status}, another in {pause} s",
            )
        self._retired = [one for one in self._retired if one.children]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers made from the same material, and when another of them may be started."""

import time
from dataclasses import dataclass, field
from typing import Any

from .child import Child, Material, State

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # between workers that die before they serve


@dataclass(eq=False)
class Generation:
    """A policy, its keys and a release of the code, and the workers that run them."""

    material: Material
    wanted: int = 1  # a scout, which then says how many its policy wants
    policy: str = ""
    mode: str = ""
    children: list[Child] = field(default_factory=list)
    hire_after: float = 0.0
    _failures: int = 0  # workers in a row that died before they served

    def count(self, *states: State) -> int:
        """Count the workers in these states."""
        return sum(child.state in states for child in self.children)

    @property
    def missing(self) -> int:
        """How many workers are to be started."""
        return max(0, self.wanted - self.count(State.STARTING, State.SERVING))

    @property
    def complete(self) -> bool:
        """Whether as many serve as the policy wants."""
        return self.count(State.SERVING) >= self.wanted

    def serves(self, child: Child, **said: Any) -> None:
        """Note that a worker is ready, and what it read in the policy.

        Workers of an older release say neither the mode nor that they answer pings, nor when
        they take no more connections.
        """
        child.turn(State.SERVING)
        child.answers = said.get("answers", False)
        child.listens = said.get("tells_deaf", False)
        self._failures = 0
        self.wanted, self.policy = said["workers"], said["policy"]
        self.mode = said.get("mode", "")

    def pause(self, dead: Child) -> float:
        """Return the seconds until another worker is started in place of ``dead``."""
        now = time.monotonic()
        pause = FIRST_PAUSE if now - dead.since < FIRST_PAUSE else 0.0
        if dead.state is State.STARTING:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures)
            self._failures += 1
        self.hire_after = now + pause
        return pause

    def leave(self) -> None:
        """Tell all its workers to go when their sessions are over."""
        for child in self.children:
            child.leave()

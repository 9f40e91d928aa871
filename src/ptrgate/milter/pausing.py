# SPDX-License-Identifier: GPL-3.0-or-later
"""Loud about a pause: a line in the journal when it begins, every few minutes, and when it ends.

The supervisor says it, once for all workers; so it also complains about a file of grants that
cannot be used.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..shared.grants import Pause
from ..shared.notify import Level, say
from ..shared.overrides import Overrides

EVERY = 300.0  # seconds

Say = Callable[[Level, str], None]


class Pausing:
    """The pause of one host, watched."""

    def __init__(self, state: Path, speak: Say = say, now: Callable[[], float] = time.time) -> None:
        """Watch the state directory of the host."""
        self._overrides = Overrides(state, complain=partial(speak, Level.ERROR), now=now)
        self._say, self._now = speak, now
        self._pause: Pause | None = None
        self._again = 0.0

    def tend(self) -> bool:
        """Say what is to be said by now; tell whether a pause began, changed or ended."""
        pause, before = self._overrides.paused(), self._pause
        self._overrides.exemptions()
        changed = pause != before
        waits = self._now() < self._again <= self._now() + EVERY  # a clock may be set back
        if pause is not None and (changed or not waits):
            self._say(Level.WARNING, f"PAUSED {pause}: nobody is refused or deferred")
            self._again = self._now() + EVERY
        if pause is None and before is not None:
            how = "by itself" if self._now() >= before.until else "by order"
            self._say(Level.WARNING, f"the pause has ended {how}: the policy holds again")
        self._pause = pause
        return changed

    @property
    def words(self) -> str:
        """What the service's status says of it: nothing where the policy holds."""
        return f"PAUSED {self._pause}; " if self._pause else ""

    @property
    def until(self) -> int:
        """When the pause ends, in seconds since the epoch; 0 where the policy holds."""
        return self._pause.until if self._pause else 0

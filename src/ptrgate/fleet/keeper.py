# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a host in step with its fleet for as long as it lives, and says when it cannot."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..judge.policy import BadPolicy, Policy
from ..shared.amending import CannotAmendError
from ..shared.notify import Level, tell_manager
from . import status
from .exemptions import Exemptions
from .lessons import Lessons
from .shelf import Away, Shelf
from .status import Status
from .telling import Telling

TICK = 0.25  # seconds
LONGEST = 15.0  # seconds between two tries
NOTED = 10.0  # seconds between two notes of how it stands


@dataclass(slots=True)
class Keeper:
    """One host's sharing; for one thread."""

    store: Shelf
    exemptions: Exemptions
    lessons: Lessons
    policy: Callable[[], Policy]
    telling: Telling
    say: Callable[[Level, str], None]
    file: Path = status.FILE
    _connected: bool | None = None
    _synced: float = 0.0
    _wait: float = 1.0
    _again: float = 0.0
    _noted: tuple[float, bool | None] = field(default=(0.0, None))

    def keep(self) -> None:
        """Stay in step, for ever."""
        tell_manager(READY="1")
        while True:
            self.once()
            tell_manager(WATCHDOG="1")
            time.sleep(TICK)

    def once(self) -> None:
        """Look here, and exchange with the store if it is time to try. Never raises."""
        try:
            self.exemptions.look()
            if time.monotonic() >= self._again:
                self.exemptions.exchange(self.store)
                self.lessons.exchange(self.store, self.policy())
                self._in_step()
        except Away as error:
            self._apart(str(error))
        except (OSError, CannotAmendError, BadPolicy) as error:
            self.telling.once(f"nothing can be shared: {error}")
            self._later()
        self._note()

    def _in_step(self) -> None:
        self._synced, self._wait = time.time(), 1.0
        if not self._connected:
            self._connected = True
            self.say(Level.NOTICE, "in step with the fleet")
            tell_manager(STATUS="in step with the fleet")

    def _apart(self, why: str) -> None:
        self.store.close()
        self._later()
        if self._connected is not False:
            self._connected = False
            words = f"nothing is shared with the fleet: {why}; what is known here holds"
            self.say(Level.WARNING, words)
            tell_manager(STATUS=words)

    def _later(self) -> None:
        """Wait twice as long as the last time; hosts of a fleet not all at once."""
        self._again = time.monotonic() + self._wait * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        self._wait = min(2 * self._wait, LONGEST)

    def _note(self) -> None:
        at, was = self._noted
        if time.monotonic() - at < NOTED and was == self._connected and at:
            return
        self._noted = time.monotonic(), self._connected
        said = Status(time.time(), bool(self._connected), self._synced, self.telling.strange)
        try:
            status.write(self.file, said)
        except OSError as error:
            self.telling.once(f"how it stands cannot be told: {error}")

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the supervisor tells the service manager, and leaves in the host's bulletin."""

import time
from dataclasses import replace
from pathlib import Path

from ..shared.bulletin import Bulletin
from ..shared.notify import tell_manager
from .child import State
from .generation import Generation
from .pausing import Pausing

_WRITE_SECONDS = 5.0  # between bulletins that say nothing new


class Report:
    """What is true of the workers now, and the totals since this host began to count."""

    def __init__(self, directory: str) -> None:
        """Go on with the totals of the last bulletin in ``directory``, "" for none."""
        self._directory = directory
        self._pausing = Pausing(Path(directory)) if directory else None
        self._said = replace(Bulletin.read(directory), refused="")
        self._told: tuple[Bulletin, str] | None = None
        self._written = 0.0
        self._errors = 0  # of this supervisor's workers
        self._hung = 0

    def started(self) -> None:
        """Count a worker that was started."""
        self._said = replace(self._said, started=self._said.started + 1)

    def died(self) -> None:
        """Count a worker that ended unasked."""
        self._said = replace(self._said, died=self._said.died + 1)

    def hung(self) -> None:
        """Count a worker that had to be killed."""
        self._hung += 1
        self._said = replace(self._said, hung=self._said.hung + 1)

    def erred(self) -> None:
        """Count an error of ours in one session."""
        self._errors += 1

    def reloaded(self) -> None:
        """Note that the files as they are now hold."""
        self._said = replace(self._said, refused="", reloads=self._said.reloads + 1)

    def refused(self, reason: str) -> None:
        """Note why the files as they are now do not hold."""
        number = self._said.reloads_refused + 1
        self._said = replace(self._said, refused=reason, reloads_refused=number)

    def tell(self, current: Generation | None, leaving: int) -> None:
        """Tell how it stands; ``leaving`` are the workers that end their sessions."""
        if current is None:
            return
        if self._pausing:
            self._pausing.tend()
        now = replace(
            self._said,
            policy=current.policy,
            mode=current.mode,
            paused_until=self._pausing.until if self._pausing else 0,
            wanted=current.wanted,
            serving=current.count(State.SERVING),
            leaving=leaving,
        )
        told = (now, self._status(now))
        if told != self._told or time.monotonic() - self._written > _WRITE_SECONDS:
            self._told, self._written = told, time.monotonic()
            replace(now, seen=int(time.time())).write(self._directory)
            tell_manager(STATUS=told[1])

    def _status(self, now: Bulletin) -> str:
        status = self._pausing.words if self._pausing else ""
        status += f"policy {now.policy} ({now.mode}), {now.serving} of {now.wanted} workers serve"
        status += f", {now.leaving} end their sessions" if now.leaving else ""
        status += f"; since the start {self._errors} errors, {self._hung} hung workers replaced"
        refused = "; ".join(now.refused.splitlines())
        return status + (f"; a newer one was refused: {refused}" if refused else "")

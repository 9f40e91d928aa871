# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks ``ptrgate-recheck`` for a look at an address; the page itself has no network.

What comes back is its answer (see `recheck.desk`), or one of ours in the same words.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from ..shared.errand import Told, ask

PATIENCE = 18.0  # seconds; nginx waits for 20
AT_ONCE = 6  # of a worker's twelve threads: the page stays a page when DNS is slow


@dataclass(slots=True)
class Asking:
    """The way to ``ptrgate-recheck``; for many threads."""

    path: str
    _free: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE)
    )

    def __call__(
        self, address: str, server: str = "", *, around: bool = False, glance: bool = False
    ) -> Told:
        """Return the answer: ``seen``, ``range``, ``wait`` (seconds, 0: soon) or ``error``."""
        if not self._free.acquire(blocking=False):
            return {"wait": 0}
        request = {"address": address, "server": server, "range": around, "glance": glance}
        try:
            return ask(self.path, request, PATIENCE)
        finally:
            self._free.release()

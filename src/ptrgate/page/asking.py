# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks ``ptrgate-recheck`` for a look at an address; the page itself has no network.

What comes back is its answer (see `recheck.desk`), or one of ours in the same words.
"""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 18.0  # seconds; nginx waits for 20
MAX_ANSWER = 1 << 18  # octets
AT_ONCE = 6  # of a worker's twelve threads: the page stays a page when DNS is slow

Told = dict[str, Any]


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
        try:
            request = {"address": address, "server": server, "range": around, "glance": glance}
            told = json.loads(self._ask(request))
        except (OSError, ValueError):
            return {"error": "away"}
        finally:
            self._free.release()
        return told if isinstance(told, dict) else {"error": "away"}

    def _ask(self, request: Told) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(PATIENCE)
            channel.connect(self.path)
            channel.sendall(json.dumps(request).encode("ascii") + b"\n")
            with channel.makefile("rb") as answer:
                return answer.read(MAX_ANSWER)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar on a terminal while logs are read."""

import sys
import time

_WIDTH = 30
_EVERY = 0.2  # seconds
_MEGA = 1e6


class Progress:
    """How much of ``total`` octets was read; silent where nobody looks on."""

    def __init__(self, total: int) -> None:
        """Begin."""
        self._total, self._before = total, 0
        self._begun = self._told = time.monotonic()
        self._is_seen = sys.stderr.isatty()
        self.lines = 0

    def next_file(self, size: int) -> None:
        """Note that a file of this size is read."""
        self._before += size

    def at(self, octets: int) -> None:
        """Tell how far the file at hand was read."""
        now = time.monotonic()
        if not self._is_seen or now - self._told < _EVERY:
            return
        self._told = now
        done = min(1.0, (self._before + octets) / self._total) if self._total else 0.0
        bar = ("#" * round(done * _WIDTH)).ljust(_WIDTH)
        rate = self.lines / (now - self._begun)
        words = (
            f"\r[{bar}] {done:4.0%} of {self._total / _MEGA:.0f} MB, {rate:,.0f} lines a second "
        )
        print(words, end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._is_seen:
            print("\r" + " " * 78 + "\r", end="", file=sys.stderr, flush=True)

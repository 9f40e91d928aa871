# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator is told of the sharing: each thing once, however often it happens."""

from collections.abc import Callable

from ..shared.notify import Level

_REMEMBERED = 1000


class Telling:
    """Says each sentence once, and counts what the store held and nobody of the fleet wrote."""

    def __init__(self, say: Callable[[Level, str], None]) -> None:
        """Tell ``say``."""
        self._say = say
        self._said: set[str] = set()
        self.strange = 0

    def once(self, words: str, level: Level = Level.WARNING) -> bool:
        """Say it, unless it was said; return whether it was not."""
        if words in self._said:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said.add(words)
        self._say(level, words)
        return True

    def refused(self, what: str, why: str) -> None:
        """Say that something in the store is not what the fleet has written."""
        self.strange += self.once(f"{what} is refused: {why}")

    def news(self, words: str, level: Level = Level.NOTICE) -> None:
        """Say what happened, each time."""
        self._say(level, words)

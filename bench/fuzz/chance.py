# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices that come out the same everywhere and always, and what is demanded of an outcome."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Broken(Exception):  # noqa: N818 (what happened)
    """A property that must hold for every input does not; str() says which."""


def demand(holds: bool, words: str) -> None:
    """Raise Broken with these words unless it holds."""
    if not holds:
        raise Broken(words)


class Chance:
    """Random choices for one input, named by target, seed and number.

    Of `random` only what later Pythons promise to keep is used: random() and getrandbits().
    """

    def __init__(self, target: str, seed: int, number: int) -> None:
        """Begin the choices of this input."""
        self._random = random.Random(f"{target} {seed} {number}")
        self.share = self._random.random  # a number from 0 to 1

    def below(self, end: int) -> int:
        """Choose a number from 0 to end - 1."""
        return int(self.share() * end)

    def pick(self, things: Sequence[T]) -> T:
        """Choose one of the things."""
        return things[int(self.share() * len(things))]

    def octets(self, size: int) -> bytes:
        """Return so many random octets."""
        return self._random.getrandbits(size * 8).to_bytes(size, "little") if size else b""

    def few(self, most: int) -> int:
        """Choose a number from 0 to ``most``, small ones more often."""
        return int(self.share() ** 3 * (most + 1))


_TELLING = (0, 1, 12, 13, 28, 32, 45, 46, 61, 63, 64, 92, 127, 128, 192, 255)


def damage(chance: Chance, octets: bytes, edits: int) -> bytes:
    """Return the octets with that many places changed, cut out, doubled or cut off."""
    torn = bytearray(octets)
    for _ in range(edits):
        place = chance.below(len(torn) + 1)
        kind = chance.below(8)
        if kind < 4:
            torn[place : place + 1] = bytes([chance.pick(_TELLING)])
        elif kind == 4:
            torn[place:place] = chance.octets(1 + chance.few(8))
        elif kind == 5:
            del torn[place : place + 1 + chance.few(16)]
        elif kind == 6:
            torn[place:place] = torn[place : place + chance.few(64)]
        else:
            del torn[place + chance.below(len(torn) - place + 1) :]
    return bytes(torn)

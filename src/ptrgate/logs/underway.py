# SPDX-License-Identifier: GPL-3.0-or-later
"""What a log has begun to tell: sessions and messages between their first line and their last."""

from .visits import Visit


class Open:
    """A session that is not over."""

    __slots__ = ("address", "authenticated", "day", "envelope", "name", "refused", "taken")

    def __init__(self, day: str, name: str, address: str) -> None:
        """Begin with its first line."""
        self.day, self.name, self.address = day, name, address
        self.envelope = ("", "")
        self.refused = self.taken = self.authenticated = False

    def visit(self) -> Visit:
        """Return it as it is now over."""
        away = self.refused and not self.taken
        return Visit(self.day, self.address, self.name, *self.envelope, away, self.authenticated)


class Queued:
    """A message that has not left; ``address`` is "" for mail of our own."""

    __slots__ = ("address", "day", "name", "reached", "sender")

    def __init__(self, day: str, name: str, address: str) -> None:
        """Begin with its first line."""
        self.day, self.name, self.address = day, name, address
        self.sender, self.reached = "", False

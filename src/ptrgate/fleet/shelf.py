# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the store, whatever it is; nothing that it answers is believed unsigned."""

from collections.abc import Iterable, Mapping
from typing import Protocol

AT_ONCE = 16  # batches in one answer
BEGINNING = b"0-0"  # before all batches


class Away(Exception):  # noqa: N818 (what happened, as errors of this program are named)
    """The store cannot be used now; str() says why in one line, without any secret."""


class Shelf(Protocol):
    """A place for signed records by id, and a row of signed batches; all may raise `Away`."""

    def changes(self) -> bytes | None:
        """Return what is another text whenever a record was changed."""

    def records(self) -> dict[str, bytes]:
        """Return everything that is said to be an exemption, as it is."""

    def tell(self, records: Mapping[str, bytes], gone: Iterable[str]) -> None:
        """Put records in their places, forget others, and let the fleet notice."""

    def add(self, batch: bytes) -> bytes:
        """Add one batch; return by what it is known."""

    def after(self, last: bytes) -> list[tuple[bytes, bytes]]:
        """Return some batches that came after that one, each with what it is known by."""

    def reaches(self, last: bytes) -> bool:
        """Tell whether the store knows of that batch; one that lost what it had does not."""

    def close(self) -> None:
        """Leave the connection; the next question makes another."""


def number_of(name: bytes) -> tuple[int, int]:
    """Return the order of batches by their names; raises ValueError for what is none."""
    milliseconds, _, count = name.partition(b"-")
    return int(milliseconds), int(count)

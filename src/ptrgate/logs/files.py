# SPDX-License-Identifier: GPL-3.0-or-later
"""Log files as blocks of lines, oldest file first, packed or not; never more than a block in mind.

Three forms: syslog with traditional or RFC 3339 stamps (also what `journalctl` prints by default;
forms.py has its relatives), `journalctl --output=export`, `journalctl --output=json`. The latter
two become lines of the first.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol, cast

from . import exported, forms

BLOCK = 1 << 20  # octets
STDIN = "-"
_PACKED: dict[bytes, Callable[[IO[bytes]], object]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
_ZSTD = b"\x28\xb5\x2f\xfd"  # Python 3.14 is the first that unpacks it by itself
_ENOUGH = 8192  # octets that tell a form of lines
_NO_YEAR = 1970  # of an entry that does not say when
_TRADITIONAL = 15  # characters of "Nov 24 08:00:01"
BROKEN = (EOFError, OSError, lzma.LZMAError, zlib.error)


class UnreadableLogError(Exception):
    """A file cannot be read; str() says which and why."""


class Peekable(Protocol):
    """What files packed and not have in common."""

    def peek(self, size: int, /) -> bytes:
        """Look ahead."""

    def read1(self, size: int, /) -> bytes:
        """Read what is there, before an error that is behind it."""


@dataclass(frozen=True, slots=True)
class Log:
    """One file: ``size`` octets as it lies there, ``first`` the time of its first line."""

    name: str
    size: int
    first: datetime


def logs(names: Sequence[str], now: datetime) -> list[Log]:
    """Look at the files and put them in the order of time. Raises UnreadableLogError."""
    return sorted((_look(name, now) for name in names), key=lambda log: log.first)


def _look(name: str, now: datetime) -> Log:
    if name == STDIN:
        return Log(name, 0, now)
    try:
        with Path(name).open("rb") as file:
            head = _unpacked(file).read1(BLOCK)
            return Log(name, Path(name).stat().st_size, _first(head, now))
    except BROKEN as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnreadableLogError(f"{ascii(name)[1:-1]}: {why}") from None


def _first(head: bytes, now: datetime) -> datetime:
    """Return when the first line was written; ``now`` if it does not say."""
    rewrite = forms.rewriting(head) or bytes
    is_export = exported.is_one(head)
    some = exported.blocks(io.BytesIO(head)) if is_export else iter([head.splitlines()])
    for line in chain.from_iterable(some):
        if (when := stamp(rewrite(line), now)) and when.year > _NO_YEAR:
            return when
    return now


def stamp(line: bytes, now: datetime) -> datetime | None:
    """Read a line's time to the second; one without a year is not in the future."""
    try:
        if line[:1].isdigit():
            text = line[:19].decode("ascii")
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        text = f"{now.year} " + line[:_TRADITIONAL].decode("ascii")
        when = datetime.strptime(text, "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:  # also a 29 February of another year
        return None
    return when if when <= now + timedelta(days=2) else when.replace(year=now.year - 1)


def blocks(log: Log, stdin: IO[bytes], tell: Callable[[int], None]) -> Iterator[list[bytes]]:
    """Yield a file's lines, some thousands at a time; ``tell`` hears how far it was read.

    A file that breaks off is read as far as it goes. Raises UnreadableLogError at its start.
    """
    if log.name == STDIN:
        yield from _lines(_unpacked(stdin))
        return
    try:
        with Path(log.name).open("rb") as raw:
            for lines in _lines(_unpacked(raw)):
                yield lines
                tell(raw.tell())
    except BROKEN as error:
        raise UnreadableLogError(f"{ascii(log.name)[1:-1]} breaks off: {error}") from None


def _unpacked(raw: IO[bytes]) -> Peekable:
    file = cast("Peekable", raw if hasattr(raw, "peek") else io.BufferedReader(cast("Any", raw)))
    head = file.peek(8)
    if head.startswith(_ZSTD):
        raise OSError("packed with zstd; unpack it first: zstdcat FILE | ptrgate replay -")
    for magic, opened in _PACKED.items():
        if head.startswith(magic):
            return cast("Peekable", opened(cast("IO[bytes]", file)))
    return file


def _lines(file: Peekable) -> Iterator[list[bytes]]:
    head = file.peek(exported.ENOUGH)
    if exported.is_one(head):
        yield from exported.blocks(file)
        return
    rewrite = forms.rewriting(file.peek(_ENOUGH))
    rest = b""
    while block := file.read1(BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > BLOCK:  # no line of a mail log is that long
            rest = b""
        yield list(map(rewrite, lines)) if rewrite else lines
    if rest:
        yield [rewrite(rest) if rewrite else rest]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the journal, exported or in JSON, as lines of syslog.

https://systemd.io/JOURNAL_EXPORT_FORMATS/: FIELD=value lines, an empty line after each entry; what
is no plain text stands as FIELD, newline, eight octets of length (little endian), value, newline.
Entries of plain text, nearly all, are found and searched as a whole; the others line by line.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

ENOUGH = 8192  # octets that tell the form
MAX_VALUE = 1 << 20  # octets of one field that are kept
# \x1e: --output=json-seq; a piece of a file may begin anywhere
_FIRST = re.compile(rb"\x1e?\{|_{0,2}[A-Z][A-Z0-9_]*=").match
_LATER = re.compile(
    rb"\n(?:(?:__REALTIME_TIMESTAMP|_PID|SYSLOG_IDENTIFIER)=|\x1e?\{\"[A-Z])"
).search
_HOUR = 3_600_000_000  # microseconds
_BLOCK = 1 << 18  # octets
_MOST_AHEAD = 4 * MAX_VALUE
_MOST_BINARY = 768 << 20  # octets; journald writes no larger field
_MICROSECONDS = 18  # digits at most
_FIELDS = (b"__REALTIME_TIMESTAMP", b"_HOSTNAME", b"SYSLOG_IDENTIFIER", b"_PID", b"MESSAGE")
_JSON_FIELDS = tuple(name.decode() for name in _FIELDS)
_NAME = re.compile(rb"[A-Z0-9_]++[=\n]").match
_JSON = re.compile(rb"\x1e?(\{[^\n]*+)\n").match
# an entry of plain text, its fields in any order; possessive, so that it never goes back
_PLAIN = re.compile(
    b"(?:%s|[A-Z0-9_]++=[^\n]*+\n)++\n" % b"|".join(b"%s=([^\n]*+)\n" % name for name in _FIELDS)
).match


class Readable(Protocol):
    """What files packed and not have in common."""

    def read1(self, size: int, /) -> bytes:
        """Read what is there, before an error that is behind it."""


class _Ahead:
    """A file, and what was read of it already."""

    def __init__(self, file: Readable) -> None:
        self._file, self.octets = file, b""

    def more(self) -> bool:
        more = self._file.read1(_BLOCK)
        self.octets += more
        return bool(more)

    def read(self, size: int) -> bytes:
        while len(self.octets) < size and self.more():
            pass
        return self._taken(size)

    def line(self) -> bytes:
        """Read a line with its end, or what is allowed of it."""
        while not (end := self.octets.find(b"\n") + 1) and len(self.octets) < MAX_VALUE:
            if not self.more():
                break
        return self._taken(min(end or MAX_VALUE, MAX_VALUE))

    def _taken(self, size: int) -> bytes:
        taken, self.octets = self.octets[:size], self.octets[size:]
        return taken


def is_one(head: bytes) -> bool:
    """Tell whether a file that begins so is an export of the journal."""
    return _FIRST(head) is not None or _LATER(head) is not None


def blocks(file: Readable) -> Iterator[list[bytes]]:
    """Yield the lines, some at a time, one for each entry."""
    ahead = _Ahead(file)
    while ahead.more():
        yield list(_ready(ahead))
        while _is_odd(ahead.octets):
            yield [*_odd(ahead), *_ready(ahead)]
    while ahead.octets:
        yield [*_odd(ahead), *_ready(ahead)]


def _ready(ahead: _Ahead) -> Iterator[bytes]:
    """Take the entries of plain text that are there whole."""
    octets, end = ahead.octets, 0
    while True:
        if entry := _PLAIN(octets, end):
            yield _line(*entry.groups(b""))
        elif entry := _JSON(octets, end):
            yield _of_json(entry[1])
        else:
            break
        end = entry.end()
    ahead.octets = octets[end:]


def _is_odd(octets: bytes) -> bool:
    """Tell whether what is left over is more than the start of an entry of plain text."""
    is_junk = b"\n" in octets and not _NAME(octets)
    return is_junk or b"\n\n" in octets or len(octets) > _MOST_AHEAD


def _odd(ahead: _Ahead) -> Iterator[bytes]:
    """Take one entry, whatever is in it, or one line that is of none."""
    fields: dict[bytes, bytes] = {}
    while _NAME(line := ahead.line()):
        name, is_text, value = line.partition(b"=")
        if not is_text:
            name, value = line[:-1], _binary(ahead)
        if name in _FIELDS:
            fields[name] = value.removesuffix(b"\n")
    if fields:
        yield _line(*(fields.get(name, b"") for name in _FIELDS))


def _binary(ahead: _Ahead) -> bytes:
    """Read a value after its length; one that is too long is passed over."""
    size = int.from_bytes(ahead.read(8), "little")
    if size > _MOST_BINARY:  # no field, but a line of something else
        return b""
    kept = ahead.read(min(size, MAX_VALUE))
    left = size - len(kept)
    while left > 0 and (more := ahead.read(min(left, MAX_VALUE))):
        left -= len(more)
    ahead.read(1)
    return kept


def _of_json(line: bytes) -> bytes:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = {}
    if isinstance(line_of_docker := entry.get("log"), str):  # its driver "json-file"
        return line_of_docker.rstrip("\n").encode("utf-8", "replace")
    return _line(*(_octets(entry.get(name)) for name in _JSON_FIELDS))


def _octets(value: object) -> bytes:
    if isinstance(value, str | int):
        return str(value).encode("utf-8", "replace")  # half of a character may stand there
    try:
        return bytes(value) if isinstance(value, list) else b""  # no UTF-8: its octets
    except (TypeError, ValueError):  # or several values
        return b""


def _line(when: bytes, host: bytes, name: bytes, process: bytes, message: bytes) -> bytes:
    is_time = when.isdigit() and len(when) <= _MICROSECONDS
    head = _stamp(int(when) // _HOUR if is_time else 0)
    text = message.replace(b"\n", b" ") if b"\n" in message else message
    return b"%s %s %s[%s]: %s" % (head, host or b"-", name or b"-", process, text)


@lru_cache(maxsize=64)
def _stamp(hours: int) -> bytes:
    try:
        when = datetime.fromtimestamp(hours * 3600, UTC)
    except (ValueError, OverflowError, OSError):
        when = datetime.fromtimestamp(0, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ").encode()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the journal, exported or in JSON, as lines of syslog.

https://systemd.io/JOURNAL_EXPORT_FORMATS/: FIELD=value lines, an empty line after each entry; what
is no plain text stands as FIELD, newline, eight octets of length (little endian), value, newline.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO

ENOUGH = 16  # octets that tell the form
MAX_VALUE = 1 << 20  # octets of one field that are kept
_FIRST = re.compile(rb"\x1e?\{|_{0,2}[A-Z][A-Z0-9_]*=").match  # \x1e: --output=json-seq
_HOUR = 3_600_000_000  # microseconds
_AT_ONCE = 2000
_FIELDS = (b"__REALTIME_TIMESTAMP", b"_HOSTNAME", b"SYSLOG_IDENTIFIER", b"_PID", b"MESSAGE")


def is_one(head: bytes) -> bool:
    """Tell whether a file that begins so is an export of the journal."""
    return _FIRST(head) is not None


def blocks(file: IO[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines, some at a time."""
    some: list[bytes] = []
    for line in lines(file):
        some.append(line)
        if len(some) >= _AT_ONCE:
            yield some
            some = []
    yield some


def lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a line for each entry."""
    fields: dict[bytes, bytes] = {}
    while line := file.readline(MAX_VALUE):
        if line[:1] in (b"{", b"\x1e"):
            yield _line(_of_json(line.lstrip(b"\x1e")))
            continue
        if line == b"\n":
            if fields:
                yield _line(fields)
            fields = {}
            continue
        name, is_text, value = line.partition(b"=")
        if is_text:
            if name in _FIELDS:
                fields[name] = value[:-1]
        else:
            binary = _binary(file)
            if line[:-1] in _FIELDS:
                fields[line[:-1]] = binary
    if fields:
        yield _line(fields)


def _binary(file: IO[bytes]) -> bytes:
    """Read a value after its length; one that is too long is passed over."""
    size = int.from_bytes(file.read(8), "little")
    kept = file.read(min(size, MAX_VALUE))
    left = size - len(kept)
    while left > 0 and (more := file.read(min(left, MAX_VALUE))):
        left -= len(more)
    file.read(1)
    return kept


def _of_json(line: bytes) -> dict[bytes, bytes]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    found = {}
    for name in _FIELDS:
        value = entry.get(name.decode())
        if isinstance(value, list):  # no UTF-8: its octets, or several values
            try:
                value = bytes(value).decode("utf-8", "surrogateescape")
            except (TypeError, ValueError):
                value = None
        found[name] = str(value or "").encode("utf-8", "surrogateescape")
    return found


def _line(fields: dict[bytes, bytes]) -> bytes:
    when, host, name, process, message = (fields.get(field, b"") for field in _FIELDS)
    head = _stamp(int(when) // _HOUR if when.isdigit() else 0)
    text = message.replace(b"\n", b" ")
    return b"%s %s %s[%s]: %s" % (head, host or b"-", name or b"-", process, text)


@lru_cache(maxsize=64)
def _stamp(hours: int) -> bytes:
    try:
        when = datetime.fromtimestamp(hours * 3600, UTC)
    except (ValueError, OverflowError, OSError):
        when = datetime.fromtimestamp(0, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ").encode()

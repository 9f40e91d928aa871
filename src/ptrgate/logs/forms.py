# SPDX-License-Identifier: GPL-3.0-or-later
"""Other forms of syslog lines, rewritten to "STAMP HOST NAME[PID]: TEXT".

A file has one form, told by its first lines: RFC 5424 with or without priority, a priority alone
(RFC 3164 section 4.1.1), what `docker compose logs` writes before a line, and the stamps of
`journalctl --output=short-full` and `short-unix`. Each line is read once from its start.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

Rewrite = Callable[[bytes], bytes]

_LOOKED_AT = 50  # lines that may be junk before the form is clear
_BOM = b"\xef\xbb\xbf"
_5424 = re.compile(
    rb"(?:<[0-9]{1,3}>)?1 (\S+) (\S+) (\S+) (\S+) \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?(.*)",
    re.DOTALL,
)
_AHEAD = re.compile(rb"(?:<[0-9]{1,3}>|[\w.-]+ +\| +)(?=[A-Z0-9])")
_WEEKDAY = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9:]{8})(?:\.[0-9]+)? \S+ "
)
_UNIX = re.compile(rb"([0-9]{9,10})\.[0-9]+ ")


def rewriting(head: bytes) -> Rewrite | None:
    """Return what makes ordinary lines of a file that begins so; None if they are ordinary."""
    for line in islice(head.removeprefix(_BOM).split(b"\n"), _LOOKED_AT):
        for pattern, rewrite in _FORMS:
            if pattern.match(line):
                return rewrite
    return _without_mark if head.startswith(_BOM) else None


def _without_mark(line: bytes) -> bytes:
    return line.removeprefix(_BOM)


def _of_5424(line: bytes) -> bytes:
    match = _5424.match(line)
    if not match:
        return line
    stamp, host, name, process, text = match.groups()
    return b"%s %s %s[%s]: %s" % (stamp, host, name, process, text.removeprefix(_BOM))


def _without(line: bytes) -> bytes:
    return _AHEAD.sub(b"", line, count=1) if _AHEAD.match(line) else line


def _of_weekday(line: bytes) -> bytes:
    match = _WEEKDAY.match(line)
    return b"%s %s" % (b"T".join(match.groups()), line[match.end() :]) if match else line


def _of_unix(line: bytes) -> bytes:
    match = _UNIX.match(line)
    if not match:
        return line
    when = datetime.fromtimestamp(int(match[1]), UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ ").encode() + line[match.end() :]


_FORMS: tuple[tuple[re.Pattern[bytes], Rewrite], ...] = (
    (_5424, _of_5424),
    (_AHEAD, _without),
    (_WEEKDAY, _of_weekday),
    (_UNIX, _of_unix),
)

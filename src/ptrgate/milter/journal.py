# SPDX-License-Identifier: GPL-3.0-or-later
"""The one line a judged session leaves in the journal, and how to read it back.

A line is ``key=value`` pairs in the order of `KEYS`, separated by single spaces. In a value every
octet that is not printable ASCII, and each of space, ``%``, ``"``, ``'`` and ``\\``, is written
``%XX`` as in a URL; a value that is absent is ``-`` and a value that *is* a hyphen is ``%2D``.
So a line splits at spaces and each part at its first ``=``, whatever a client sent.

``to`` is the exception within: its recipients are joined by commas (a comma inside one is
``%2C``), at most `MAX_RECIPIENTS` of them, and ``+N`` at the end counts the others.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

KEYS = (
    "ref", "address", "family", "iprev", "finding", "rule", "action", "would", "stage",
    "name", "helo", "from", "to", "source", "queries", "ms", "policy", "worker",
)  # fmt: skip

MAX_RECIPIENTS = 5
MAX_VALUE = 255  # octets of one value before escaping; RFC 5321 4.5.3.1 allows 254 for a path

_ABSENT = "-"
_PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b"%\"'\\")
_SAFE = r"[!#$&(-\[\]-~]"
_NEEDS_NO_ESCAPE = re.compile(rf"{_SAFE}{{0,{MAX_VALUE}}}").fullmatch
# Nearly every line is of this form before anything is escaped, and is tested as a whole.
_IS_SAFE_LINE = re.compile(
    " ".join(rf"{key}={'[!-~]+' if key == 'to' else f'{_SAFE}{{1,{MAX_VALUE}}}'}" for key in KEYS)
).fullmatch


def line(values: Mapping[str, str]) -> str:
    """Write the line of ``values``, whose keys are those of `KEYS`; a missing one becomes ``-``.

    ``to`` is taken as `recipients` returned it.
    """
    plain = " ".join([f"{key}={values.get(key) or _ABSENT}" for key in KEYS])
    if _ABSENT not in values.values() and _IS_SAFE_LINE(plain):
        return plain
    return " ".join(f"{key}={_written(key, values.get(key, ''))}" for key in KEYS)


def parse(text: str) -> dict[str, str] | None:
    """Read a line back; absent values are left out; None if ``text`` is no line of ours.

    ``to`` stays as it was written: give it to `read_recipients`.
    """
    pairs = [part.partition("=") for part in text.strip().split(" ")]
    if tuple(key for key, _, _ in pairs) != KEYS:
        return None
    return {
        key: value if key == "to" else unescape(value) for key, _, value in pairs if value != "-"
    }


def recipients(addresses: Sequence[str], count: int) -> str:
    """Join the first of ``count`` recipients for ``to=``; ``addresses`` may be only the first."""
    shown = [_recipient(address) for address in addresses[:MAX_RECIPIENTS]]
    others = count - len(shown)
    return ",".join([*shown, f"+{others}"] if others > 0 else shown)


def read_recipients(value: str) -> tuple[list[str], int]:
    """Return the recipients named in ``to=`` and how many more there were."""
    parts = value.split(",")
    others = int(parts.pop()[1:]) if parts[-1].startswith("+") else 0
    return [unescape(part) for part in parts], others


def escape(value: str) -> str:
    """Escape one value; undecodable octets (surrogates) come out as the octets they were."""
    if _NEEDS_NO_ESCAPE(value):
        return value
    octets = value.encode("utf-8", "surrogateescape")[:MAX_VALUE]
    return "".join(chr(octet) if octet in _PLAIN else f"%{octet:02X}" for octet in octets)


def unescape(value: str) -> str:
    """Undo `escape`."""
    return unquote_to_bytes(value).decode("utf-8", "surrogateescape")


def _written(key: str, value: str) -> str:
    if not value:
        return _ABSENT
    if value == _ABSENT:
        return "%2D"
    return value if key == "to" else escape(value)


def _recipient(address: str) -> str:
    written = escape(address).replace(",", "%2C")
    # "+N" counts and "-" is nobody: a recipient of that name must not pass for either.
    return f"%{ord(written[0]):02X}{written[1:]}" if written[:1] in ("+", "-") else written

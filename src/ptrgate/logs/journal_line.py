# SPDX-License-Identifier: GPL-3.0-or-later
"""The milter's line within a log, read fast: only what a replay asks for."""

import re

from ..milter import journal
from .visits import Told

_TAG = b"ptrgate-milter"
_WANTED = {"address", "finding", "rule", "name", "from", "to"}
_LINE = re.compile(
    " ".join(
        rf"{key}={'([!-~]+)' if key in _WANTED else '[!-~]+'}" for key in journal.KEYS
    ).encode()
).match


def told(day: str, tag: bytes, text: bytes) -> Told | None:
    """Return what a line says if it is the milter's; ``tag`` is that of syslog, "name[pid"."""
    found = _LINE(text) if tag.partition(b"[")[0] == _TAG else None
    if found is None:
        return None
    *others, recipients = found.groups()
    address, finding, rule, name, sender = map(_value, others)
    if not address:
        return None
    return Told(day, address, finding, rule, name, sender, _value(recipients.partition(b",")[0]))


def _value(octets: bytes) -> str:
    text = octets.decode("ascii")
    if text == "-":
        return ""
    return journal.unescape(text) if "%" in text else text

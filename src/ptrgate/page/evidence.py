# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look saw goes into the letter: whom it is for, which record is missing, who said what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..diagnosis.delegation import OUR_NAME
from ..diagnosis.letter import SHOWN
from ..judge.words import Diagnosis
from .text import Words

MAX_LINE = 400

Told = Mapping[str, Any]


def informed(letter: str, seen: Told, words: Words) -> str:
    """Return a letter that also says whom to send it to, and what DNS says: all as was seen."""
    said = words.table("evidence")
    to = [said["to"].format(**seen)] if seen["contact"] else []
    lines = [line[:MAX_LINE] for line in _lines(seen, words)] if _asks(seen) else []
    return "\n".join([*to, letter, *([""] if lines else []), *lines])


def records(seen: Told, words: Words) -> tuple[str, ...]:
    """Return what the zone in charge would have to hold, in the lines of a zone file."""
    return tuple(r.replace(OUR_NAME, words.table("evidence")["ours"]) for r in seen["records"])


def _asks(seen: Told) -> bool:
    return bool(seen["zone"] or seen["records"])


def _lines(seen: Told, words: Words) -> Iterator[str]:
    said = words.table("evidence")
    yield from (said["record"].format(record=record) for record in records(seen, words))
    if seen["zone"]:
        yield said["zone"].format(**seen)
        yield said["servers"].format(servers=", ".join(seen["nameservers"]) or said["unknown"])
    yield from (said["held"].format_map(held) for held in seen["held"])
    if seen["diagnosis"] == Diagnosis.LAME_DELEGATION.value and seen["delegation"]:
        last = seen["delegation"][-1]
        yield said["vain"].format(zone=last["zone"], servers=", ".join(last["nameservers"]))
    yield said["seen"].format(time=words.moment(datetime.fromisoformat(seen["time"])))
    for name, target in zip([seen["record"], *seen["aliases"]], seen["aliases"], strict=False):
        yield "  " + said["alias"].format(name=name, target=target)
    for answer in seen["answers"][-SHOWN:]:
        shown = " ".join([answer["reply"], *answer["values"]])
        server = answer["server"] or answer["address"]
        yield "  " + said["answer"].format(server=server, question=answer["question"], reply=shown)

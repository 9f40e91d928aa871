# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look saw goes into the letter: whom it is for, which record is missing, who said what."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..diagnosis.delegation import OUR_NAME
from ..diagnosis.letter import SHOWN
from ..diagnosis.remedies import filled
from ..judge.words import Diagnosis
from .text import Words

MAX_LINE = 400

Told = Mapping[str, Any]


def asking(ask: str) -> str:
    """Return a request as a paragraph of a letter."""
    return textwrap.fill(ask, 66)


def informed(letter: str, general: str, seen: Told, words: Words) -> str:
    """Return a letter with all that was seen: whom to send it to, what to ask for, what DNS says.

    ``general`` is the request that it holds, which makes way for that of the diagnosis.
    """
    said = words.table("evidence")
    name = seen["names"][0]["name"] if seen["names"] else ""
    exact = filled(words.remedies[Diagnosis(seen["diagnosis"])], seen["address"], name).ask
    letter = letter.replace(asking(general), asking(exact))
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

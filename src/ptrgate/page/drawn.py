# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look saw, as the page draws it: the four steps of the lookup, and all the names.

``seen`` is what `recheck.told` tells, ``said`` the words of the table ``live``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..judge.words import Finding, NameResult
from .places import places
from .text import Link

MAX_NAME = 80

Told = Mapping[str, Any]


def names(seen: Told, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return each name and where it leads, in words."""
    leads = {one["name"]: _forward(one, said).value for one in seen["names"]}
    return tuple((_short(name), value) for name, value in leads.items())


def chain(seen: Told, address: str, said: Mapping[str, str]) -> Iterator[Link]:
    """Yield the four steps: address, name, its address, match."""
    found, finding = seen["names"], seen["finding"]
    record = places(address)["record"]
    yield Link("good", said["address"], address, said["connects"])
    if not found:
        is_none = finding == Finding.NO_PTR.value
        state, value = ("bad", said["none"]) if is_none else ("unknown", said["no_answer"])
        yield Link(state, said["name"], value, said["asked"].format(record=record))
        rest = "skipped" if is_none else "unknown"
        why = said["nameless" if is_none else "untold_note"]
        yield Link(rest, said["no_forward"], said["not_asked"], why)
        yield Link(
            rest,
            said["match"],
            said["untold"],
            said["unconfirmed_note" if is_none else "untold_note"],
        )
        return
    one = next((n for n in found if n["result"] == NameResult.CONFIRMED.value), found[0])
    is_line = finding == Finding.DYNAMIC.value
    state = "bad" if is_line else "good"
    note = said["line"] if is_line else said["asked"].format(record=record)
    yield Link(state, said["name"], _short(one["name"]), note)
    yield _forward(one, said)
    yield _match(finding, said)


def _forward(one: Told, said: Mapping[str, str]) -> Link:
    label = said["no_forward"]
    note = said["asked"].format(record=_short(one["name"]))
    shown = ", ".join(one["addresses"][:3]) + (" ..." if len(one["addresses"]) > 3 else "")  # noqa: PLR2004
    kinds = {
        NameResult.CONFIRMED.value: ("good", shown),
        NameResult.MISMATCH.value: ("bad", shown),
        NameResult.NO_ADDRESS.value: ("bad", said["nothing"]),
        NameResult.JUNK.value: ("bad", said["junk"]),
        NameResult.FAILED.value: ("unknown", said["no_answer"]),
        NameResult.NOT_ASKED.value: ("skipped", said["not_asked"]),
    }
    state, value = kinds[one["result"]]
    return Link(state, label, value, note)


def _match(finding: str, said: Mapping[str, str]) -> Link:
    if finding == Finding.FORGED.value:
        return Link("bad", said["match"], said["unconfirmed"], said["unconfirmed_note"])
    if finding == Finding.DNS_FAILURE.value:
        return Link("unknown", said["match"], said["untold"], said["untold_note"])
    note = said["line_note" if finding == Finding.DYNAMIC.value else "confirmed_note"]
    return Link("good", said["match"], said["confirmed"], note)


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..."

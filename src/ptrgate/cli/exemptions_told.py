# SPDX-License-Identifier: GPL-3.0-or-later
"""Exemptions in words: what was made, how it ends, and the list, soonest end first."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from ..judge.terms import CONDITIONS, Exemption
from ..shared.grants import Grant, as_table
from ..shared.vetting import is_over

_SAID = {
    "network": "the client is in",
    "name_suffix": "a name of the client that leads back is below",
    "sender_domain": "the sender's domain is",
    "recipient": "the recipient is",
}
_COLUMNS = ("id", "until", "who", "where", "owner", "reason")
_NOT_IN_INVENTORY = ("made", "by")


@dataclass(frozen=True, slots=True)
class Row:
    """One exemption in the list; ``lasting`` ones are the inventory's."""

    grant: Grant
    lasting: bool
    over: bool

    def facts(self) -> dict[str, object]:
        """Return it for programs."""
        origin = "inventory" if self.lasting else "host"
        return as_table(self.grant) | {"origin": origin, "expired": self.over}

    def cells(self) -> tuple[str, ...]:
        """Return what the table shows of it, as ASCII."""
        exemption = self.grant.exemption
        until = str(exemption.expires or "for ever") + (" (over)" if self.over else "")
        origin = "inventory" if self.lasting else "host"
        words = (exemption.id, until, who(exemption), origin, exemption.owner, exemption.reason)
        return tuple(word.encode("ascii", "backslashreplace").decode() or "-" for word in words)


def rows(lasting: Collection[Grant], grants: Collection[Grant], today: date) -> list[Row]:
    """Return all exemptions, those that end soonest first."""
    both = [(grant, True) for grant in lasting] + [(grant, False) for grant in grants]
    made = [Row(grant, kept, is_over(grant.exemption, today)) for grant, kept in both]
    return sorted(made, key=lambda row: row.grant.exemption.expires or date.max)


def table(listed: Sequence[Row]) -> str:
    """Return the list for a terminal."""
    if not listed:
        return "Nobody is exempt: neither by the inventory nor by this host."
    cells = [_COLUMNS, *(row.cells() for row in listed)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def who(exemption: Exemption) -> str:
    """Return the conditions in a few words."""
    marks = {"network": "", "name_suffix": "*.", "sender_domain": "from ", "recipient": "to "}
    found = [(name, getattr(exemption, name)) for name in CONDITIONS]
    return ", ".join(f"{marks[name]}{value}" for name, value in found if value)


def added(grant: Grant, notes: Collection[str]) -> str:
    """Say what was made, when it ends, how to take it back and how to make it last."""
    exemption = grant.exemption
    conditions = [(name, getattr(exemption, name)) for name in CONDITIONS]
    lines = [f"exemption {exemption.id}: who is refused or deferred is let in from now on, if"]
    lines += [f"  {_SAID[name]} {value}" for name, value in conditions if value]
    lines += [
        f"  it ends with {exemption.expires} (UTC), by itself; open sessions stay as they are",
        f"  take back  ptrgate exempt remove {exemption.id}",
        "  on all hosts, and for longer: one line below ptrgate_exemptions in the inventory",
        f"    - {inventory_line(grant)}",
    ]
    return "\n".join([*lines, *(f"  note       {note}" for note in notes)])


def inventory_line(grant: Grant) -> str:
    """Return the exemption as one line of YAML, which JSON's own quoting makes safe."""
    entry = {n: v for n, v in as_table(grant).items() if n not in _NOT_IN_INVENTORY}
    return json.dumps(entry)

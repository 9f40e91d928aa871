# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads tables of a TOML file by a schema, and collects every problem instead of stopping."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from .kinds import Kind

_SHOWN = 60  # characters of a wrong value that a problem repeats


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a policy file, and where to put it right."""

    file: str
    key: str
    found: str
    allowed: str
    variable: str

    def __str__(self) -> str:
        """Return the sentence for the operator."""
        remedy = f" (role variable {self.variable})" if self.variable else ""
        return f"{self.file}: {self.key}: found {self.found}; allowed: {self.allowed}{remedy}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table: the field it fills, how it is read, the role variable that writes it.

    An ``optional`` key may be the empty text, which is the same as no key: templates write it.
    """

    field: str
    kind: Kind
    variable: str
    optional: bool = False


@dataclass(slots=True)
class Reader:
    """Reads one file; ``problems`` grows."""

    source: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, key: str, found: str, allowed: str, variable: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.source, key, found, allowed, variable))

    def table(self, path: str, value: object, variable: str) -> dict[str, Any]:
        """Return the value if it is a table; note a problem and return {} otherwise."""
        if isinstance(value, dict):
            return value
        self.problem(path, shown(value), "a table", variable)
        return {}

    def fields(
        self, path: str, table: Mapping[str, Any], keys: Mapping[str, Key]
    ) -> dict[str, Any]:
        """Read a table by its keys; return what could be read, by the names of the fields."""
        values: dict[str, Any] = {}
        for name, value in table.items():
            if name not in keys:
                variables = {known: key.variable for known, key in keys.items()}
                self.unknown(path, name, variables)
            elif not (value == "" and keys[name].optional):
                self._read(path + name, value, keys[name], values)
        return values

    def _read(self, path: str, value: object, key: Key, values: dict[str, Any]) -> None:
        try:
            values[key.field] = key.kind.read(value)
        except (ValueError, TypeError):
            self.problem(path, shown(value), key.kind.allowed, key.variable)

    def unknown(self, path: str, name: str, known: Mapping[str, str]) -> None:
        """Note a key that does not exist, with the nearest one that does (name -> variable)."""
        close = get_close_matches(name, known, n=1)
        allowed = f"{path}{close[0]}, perhaps?" if close else "one of " + ", ".join(known)
        self.problem(
            path + _bare(name),
            "a key that does not exist",
            allowed,
            known.get(close[0], "") if close else "",
        )


def _bare(key: str) -> str:
    """Return a key as TOML writes it: in quotes if it is odd, and not too long."""
    return key if re.fullmatch("[A-Za-z0-9_-]{1,60}", key) else shown(key) if key else '""'


def shown(value: object) -> str:
    """Return a wrong value as a message repeats it: one line, ASCII, not too long."""
    try:
        text = "nothing" if value == "" else ascii(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        text = "a number without end"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."

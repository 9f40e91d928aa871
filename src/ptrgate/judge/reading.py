# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads policy.toml: every problem at once, each with the role variable that writes it."""

import hashlib
import tomllib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from .reader import Key, Problem, Reader, shown
from .schema import ACTIONS, DEFER_HOURS, EXEMPTION, TABLES, TOP
from .terms import AT_ONCE, CONDITIONS, DEFAULT_ACTIONS, Exemption, Naming, Policy
from .words import Action, Finding, Mode

__all__ = ["BadPolicy", "Problem", "load", "read_exemption"]

TOLD = 20  # problems; who has more has one mistake in what writes the file

_T = TypeVar("_T")


class BadPolicy(ValueError):  # noqa: N818 (errors here say what happened)
    """A policy file that must not be used; str() lists its problems, one a line, at most TOLD."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems for those who show them otherwise."""
        told = [str(problem) for problem in problems[:TOLD]]
        if more := len(problems) - len(told):
            told.append(f"and {more} more of that; `ptrgate config --check --json FILE` has all")
        super().__init__("\n".join(told))
        self.problems = problems


def load(text: str, *, source: str) -> Policy:
    """Read the text of a policy file; ``source`` is its name in messages. Raises BadPolicy."""
    reader = Reader(source)
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5000 digits is a ValueError only
        reader.problem("the file", str(error), "TOML 1.0", "")
        raise BadPolicy(tuple(reader.problems)) from None
    values = _values(reader, tables)
    if reader.problems:
        raise BadPolicy(tuple(reader.problems))
    return Policy(**values, digest=hashlib.sha256(text.encode()).hexdigest()[:8])


def _values(reader: Reader, tables: dict[str, Any]) -> dict[str, Any]:
    """Read all tables of the file into the fields of a Policy."""
    values: dict[str, Any] = {
        "actions": _actions(reader, tables.pop("actions", {})),
        "defer_hours": _defer_hours(reader, tables.pop("defer_hours", {})),
        "exemptions": _exemptions(reader, tables.pop("exemptions", [])),
    }
    for name, keys in TABLES.items():
        variable = next(iter(keys.values())).variable
        table = reader.table(name, tables.pop(name, {}), variable)
        read = reader.fields(f"{name}.", table, keys)
        values |= {"naming": Naming(**read)} if name == "naming" else read
    top = {name: value for name, value in tables.items() if name in TOP}
    for name in (name for name in tables if name not in TOP):
        known = dict.fromkeys((*TABLES, "actions", "defer_hours", "exemptions"), "")
        reader.unknown("", name, known | {key: TOP[key].variable for key in TOP})
    values |= reader.fields("", top, TOP)
    _help_url_where_needed(reader, top, values)
    return values


def _help_url_where_needed(
    reader: Reader, top: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """A refusal without its page helps nobody."""
    if top.get("help_url", "") == "" and values.get("mode", Mode.ENFORCE) is Mode.ENFORCE:
        key = TOP["help_url"]
        allowed = f'{key.kind.allowed}; only mode "observe" can do without'
        reader.problem("help_url", "nothing", allowed, key.variable)


def _actions(reader: Reader, tables: object) -> Mapping[Finding, Mapping[int, Action]]:
    """Read [actions.FINDING] with v4 and v6, or one word for both."""
    return _by_family(reader, tables, ("actions", str), ACTIONS, DEFAULT_ACTIONS)


def _defer_hours(reader: Reader, tables: object) -> Mapping[Finding, Mapping[int, int]]:
    """Read [defer_hours.FINDING] with v4 and v6, or one number for both."""
    return _by_family(reader, tables, ("defer_hours", int), DEFER_HOURS, AT_ONCE)


def _by_family(
    reader: Reader,
    tables: object,
    named: tuple[str, type],
    schema: Mapping[str, Mapping[str, Key]],
    unsaid: Mapping[Finding, Mapping[int, _T]],
) -> Mapping[Finding, Mapping[int, _T]]:
    """Read a value for each finding and family; ``named``: the table, and a type for both."""
    path, kind = named
    variable = f"engine_{path}"
    values = {finding: dict(families) for finding, families in unsaid.items()}
    for name, families in reader.table(path, tables, variable).items():
        if name not in schema:
            reader.unknown(f"{path}.", name, dict.fromkeys(schema, variable))
            continue
        both = {"v4": families, "v6": families} if isinstance(families, kind) else families
        table = reader.table(f"{path}.{name}", both, variable)
        for version, value in reader.fields(f"{path}.{name}.", table, schema[name]).items():
            values[Finding(name)][int(version)] = value
    return MappingProxyType(values)


def _exemptions(reader: Reader, tables: object) -> tuple[Exemption, ...]:
    if not isinstance(tables, list):
        reader.problem("exemptions", shown(tables), "[[exemptions]] tables", "engine_exemptions")
        return ()
    found: dict[str, Exemption] = {}
    for number, table in enumerate(tables, start=1):
        exemption = read_exemption(reader, f"exemptions[{number}]", table)
        if exemption is not None and exemption.id in found:
            path = f"exemptions[{number}].id"
            reader.problem(path, shown(exemption.id), "an id only once", "engine_exemptions")
        elif exemption is not None:
            found[exemption.id] = exemption
    return tuple(found.values())


def read_exemption(reader: Reader, path: str, value: object) -> Exemption | None:
    """Read one table of conditions, owner, reason and expiry; None if the reader has problems."""
    before = len(reader.problems)
    table = reader.table(path, value, "engine_exemptions")
    values = reader.fields(f"{path}.", table, EXEMPTION)
    if len(reader.problems) > before:
        return None
    if "id" not in values:
        reader.problem(f"{path}.id", "nothing", EXEMPTION["id"].kind.allowed, "engine_exemptions")
        return None
    is_accepted = values.pop("spoofable", "") != ""
    given = [condition for condition in CONDITIONS if condition in values]
    if not given:
        allowed = "at least one of " + ", ".join(CONDITIONS)
        reader.problem(path, "no condition", allowed, "engine_exemptions")
    elif given == ["sender_domain"] and not is_accepted:
        # MAIL FROM is free text: anybody may write the partner's domain there
        allowed = 'a network or name_suffix besides, or spoofable = "accepted"'
        reader.problem(path, "sender_domain alone", allowed, "engine_exemptions")
    return Exemption(**values) if len(reader.problems) == before else None

# SPDX-License-Identifier: GPL-3.0-or-later
"""Named parameters and services of Postfix, through postconf(1): read, compare, give, remember.

The module postfix_parameters does it for a playbook, a change of release for the host alone, with
nobody connected; both keep one record of what was there before us.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Values = dict[str, str | None]  # name -> value; None: not there
Run = Callable[[list[str]], str]  # runs a command that must succeed, returns what it printed
KINDS = {"parameters": "", "services": "-M", "overrides": "-P"}  # kind -> postconf's mode
ONLY_AT_START = {"inet_interfaces", "inet_protocols"}  # postconf(5); a reload warns, and goes on
RECORD = Path("/var/lib/ptrgate/postfix-previous.json")


class Row(NamedTuple):
    """One name that is asked for: what it has, and what it is to have."""

    kind: str
    name: str
    now: str | None
    wanted: str | None


def flat(value: object) -> str:
    """Return a value as Postfix means it: white space between words does not count."""
    said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return " ".join(said.split())


def asked(values: Mapping[str, object]) -> Values:
    """Return what is asked for in Postfix's form; None takes the name away."""
    return {name: None if value is None else flat(value) for name, value in values.items()}


def found(run: Run, kind: str) -> Values:
    """Return what the files say now, by name."""
    lines = run(["postconf", KINDS[kind] or "-n"]).splitlines()
    if kind == "services":
        return dict(_service(line) for line in _logical(lines))
    return {name.strip(): flat(value) for name, _, value in (x.partition("=") for x in lines)}


def _logical(lines: list[str]) -> list[str]:
    """Join continuation lines, which begin with white space."""
    return "\n".join(lines).replace("\n ", " ").splitlines()


def _service(line: str) -> tuple[str, str]:
    """Split a line of master.cf into ``name/type`` and the rest."""
    name, kind, rest = line.split(None, 2)
    return f"{name}/{kind}", flat(rest)


def unknown(run: Run, names: Sequence[str]) -> set[str]:
    """Return which of the names this Postfix has never heard of."""
    if not names:
        return set()
    said = run(["postconf", "-d", *names])
    return set(names) - {line.partition("=")[0].strip() for line in said.splitlines()}


def command(kind: str, name: str, value: str | None) -> list[str]:
    """Return the call of postconf that gives one name its value."""
    if value is None:
        return ["postconf", f"{KINDS[kind] or '-'}X", name]
    if kind == "services":
        value = f"{name.replace('/', ' ')} {value}"
    return ["postconf", KINDS[kind] or "-e", f"{name}={value}"]


def together(rows: Iterable[Row]) -> list[list[str]]:
    """Return calls of postconf for all of the rows, one a kind and deed: each file changes once."""
    calls: dict[str, list[str]] = {}
    for row in rows:
        _, mode, word = command(row.kind, row.name, row.wanted)
        calls.setdefault(mode, []).append(word)
    return [["postconf", mode, *words] for mode, words in calls.items()]


def remembered(record: Path) -> Values:
    """Return what names had when they were first met."""
    return dict(json.loads(record.read_text())) if record.exists() else {}


def remember(record: Path, seen: Values) -> None:
    """Add what names had when they were first met; what is known already stays.

    All names that are asked for, not only those that differ: else a value that somebody gives one
    of them years later would be taken for what was there before us.
    """
    known = remembered(record)
    if not seen.keys() <= known.keys():
        replace(record, seen | known)


def forget(record: Path, names: Iterable[str]) -> None:
    """Take names out of the record that have their first value again."""
    known, gone = remembered(record), set(names)
    if known.keys() & gone:
        replace(record, {name: value for name, value in known.items() if name not in gone})


def replace(record: Path, values: Values) -> None:
    """Replace a record in one step."""
    new = record.with_name(f".{record.name}.new")
    new.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")
    new.replace(record)

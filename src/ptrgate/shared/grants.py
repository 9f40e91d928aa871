# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator grants at run time, an exemption or a pause, and the files that hold it.

The files are JSON, read by people at night too. An exemption is read by the very schema of the
policy's, and must have an owner, a reason and an expiry besides.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..judge import kinds
from ..judge.policy import BadPolicy, Exemption
from ..judge.reader import Key, Reader, shown
from ..judge.reading import read_exemption
from ..judge.terms import CONDITIONS
from .timed import Timed, moment

EXEMPTIONS = "exemptions.json"
PAUSE = "pause.json"
_VERSION = 1
_DEMANDED = ("owner", "reason", "expires")
_T = TypeVar("_T")


class Damaged(BadPolicy):
    """A file of grants that must not be used; str() lists every problem, one a line."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An exemption made on this host: when (seconds since the epoch), and by which account."""

    exemption: Exemption
    made: int = 0
    by: str = ""


class Pause(Timed):
    """Nobody is refused meanwhile."""

    __slots__ = ()


_MADE = {
    "made": Key("made", kinds.INSTANT, "", optional=True),
    "by": Key("by", kinds.TEXT, "", optional=True),
}
_PAUSE = {
    "began": Key("began", kinds.INSTANT, ""),
    "until": Key("until", kinds.INSTANT, ""),
    "owner": Key("owner", kinds.TEXT, ""),
    "reason": Key("reason", kinds.TEXT, ""),
}


def read_grants(text: str, source: str) -> tuple[Grant, ...]:
    """Read the file of exemptions; ``source`` is its name in messages. Raises Damaged."""
    reader, tables = _opened(text, source, "exemptions")
    entries = tables.get("exemptions", [])
    if not isinstance(entries, list):
        reader.problem("exemptions", shown(entries), "a list", "")
        entries = []
    grants = [_grant(reader, f"exemptions[{n}]", entry) for n, entry in enumerate(entries, 1)]
    ids = [grant.exemption.id for grant in grants if grant]
    for twice in {identity for identity in ids if ids.count(identity) > 1}:
        reader.problem("exemptions", shown(twice), "an id only once", "")
    return _sound(reader, tuple(grant for grant in grants if grant))


def read_grant(entry: object, source: str) -> Grant:
    """Read one exemption as `as_table` writes it. Raises Damaged."""
    reader = Reader(source)
    return _sound(reader, _grant(reader, "the exemption", entry))


def _grant(reader: Reader, path: str, entry: object) -> Grant | None:
    table = reader.table(path, entry, "")
    own = {name: value for name, value in table.items() if name in _MADE}
    made = reader.fields(f"{path}.", own, _MADE)
    rest = {name: value for name, value in table.items() if name not in _MADE}
    exemption = read_exemption(reader, path, rest)
    if exemption is None:
        return None
    for name in (name for name in _DEMANDED if not getattr(exemption, name)):
        reader.problem(f"{path}.{name}", "nothing", "one of its own for each exemption", "")
    return Grant(exemption, **made)


def write_grants(grants: Iterable[Grant]) -> str:
    """Return the text that `read_grants` reads back."""
    return _text({"exemptions": [as_table(grant) for grant in grants]})


def as_table(grant: Grant) -> dict[str, str]:
    """Return an exemption as its file and the inventory write it, without what is empty."""
    exemption = grant.exemption
    names = ("id", *CONDITIONS, "owner", "reason", "ticket", "expires")
    table = {name: str(getattr(exemption, name) or "") for name in names}
    if [name for name in CONDITIONS if table[name]] == ["sender_domain"]:
        table["spoofable"] = "accepted"
    if grant.made:
        table |= {"made": moment(grant.made), "by": grant.by}
    return {name: value for name, value in table.items() if value}


def read_pause(text: str, source: str) -> Pause:
    """Read the file of the pause. Raises Damaged."""
    reader, tables = _opened(text, source, *_PAUSE)
    values = reader.fields("", {n: tables[n] for n in tables if n in _PAUSE}, _PAUSE)
    for name in (name for name in _PAUSE if name not in values and not reader.problems):
        reader.problem(name, "nothing", _PAUSE[name].kind.allowed, "")
    return _sound(reader, Pause(**values) if len(values) == len(_PAUSE) else None)


def write_pause(pause: Pause) -> str:
    """Return the text that `read_pause` reads back."""
    began, until = moment(pause.began), moment(pause.until)
    return _text({"began": began, "until": until, "owner": pause.owner, "reason": pause.reason})


def _text(tables: Mapping[str, object]) -> str:
    return json.dumps({"version": _VERSION, **tables}, indent=2) + "\n"


def _opened(text: str, source: str, *names: str) -> tuple[Reader, dict[str, Any]]:
    reader = Reader(source)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        reader.problem("the file", str(error), "JSON", "")
        return reader, {}
    tables = reader.table("the file", value, "")
    if tables and tables.pop("version", None) != _VERSION:
        reader.problem("version", "another or none", str(_VERSION), "")
    for name in tables.keys() - set(names):
        reader.unknown("", name, dict.fromkeys(names, ""))
    return reader, tables


def _sound(reader: Reader, value: _T | None) -> _T:
    # the schema is the policy's, but no role variable writes these files
    if reader.problems or value is None:
        raise Damaged(tuple(replace(problem, variable="") for problem in reader.problems))
    return value

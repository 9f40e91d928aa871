# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's words in one language, read from ``text/<language>/*.toml`` as plain data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "text"


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the drawn lookup; ``state`` is good, bad, unknown or skipped."""

    state: str
    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a section: ``kind`` is say, list, steps, run, sentences or chain."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the guide; an ``example`` one always shows the example address."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    example: bool = False


@dataclass(frozen=True, slots=True)
class FindingText:
    """What the page says about one finding."""

    title: str
    lead: str
    who: str
    steps: tuple[str, ...]
    chain: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """All text of one language; ``table`` gives the short pieces by group and key."""

    language: str
    guide: tuple[Section, ...]
    findings: Mapping[str, FindingText]
    groups: Mapping[str, Mapping[str, str]]

    def table(self, group: str) -> Mapping[str, str]:
        """Return the pieces of one group, for example ``headings``."""
        return self.groups[group]


@cache
def words(language: str = "en") -> Words:
    """Return the words of ``language``; a missing one is a ``FileNotFoundError``."""
    findings = _read(language, "findings")
    letter = _read(language, "letter") | _read(language, "recheck")
    groups = {name: findings.pop(name) for name in ("outcome", "words")} | letter
    return Words(
        language=language,
        guide=tuple(_section(raw) for raw in _read(language, "guide")["section"]),
        findings={name: _finding(raw) for name, raw in findings.items()},
        groups=groups,
    )


def _read(language: str, name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / language / f"{name}.toml").read_text(encoding="utf-8"))


def _section(raw: dict[str, Any]) -> Section:
    blocks = tuple(_block(dict(block)) for block in raw["block"])
    return Section(raw["id"], raw["title"], blocks, raw.get("example", False))


def _block(raw: dict[str, Any]) -> Block:
    caption = raw.pop("caption", "")
    ((kind, value),) = raw.items()
    if isinstance(value, list):
        return Block(kind, items=tuple(value), caption=caption)
    return Block(kind, text=value if isinstance(value, str) else "", caption=caption)


def _finding(raw: dict[str, Any]) -> FindingText:
    chain = tuple(Link(**link) for link in raw["chain"])
    return FindingText(raw["title"], raw["lead"], raw["who"], tuple(raw["steps"]), chain)

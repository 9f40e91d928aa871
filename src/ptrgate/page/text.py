# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's words in one language, read from ``text/<language>/*.toml`` as plain data.

English lacks ``diagnosis.toml``: those words are the engine's own, which CLI and module say too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ..diagnosis.providers import PROVIDERS, Provider
from ..diagnosis.remedies import REMEDIES, Remedy
from ..judge.words import Diagnosis

HERE = Path(__file__).parent / "text"
LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}  # ours first


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
    remedies: Mapping[Diagnosis, Remedy]
    providers: Mapping[str, str]

    def table(self, group: str) -> Mapping[str, str]:
        """Return the pieces of one group, for example ``headings``."""
        return self.groups[group]

    def moment(self, when: datetime) -> str:
        """Return a UTC time, to the minute, as readers of this language write it."""
        return when.strftime(self.groups["form"]["moment"])

    def local(self, provider: Provider | None) -> Provider | None:
        """Return a provider with the way to its PTR records in this language.

        What the operator wrote stays as it is.
        """
        if provider is None or provider not in PROVIDERS:
            return provider
        return replace(provider, where=self.providers[provider.name])


@cache
def words(language: str = "en") -> Words:
    """Return the words of ``language``; a missing one is a ``FileNotFoundError``."""
    files = read(language)
    findings, guide = files.pop("findings"), files.pop("guide")
    told = files.pop("diagnosis", {})
    groups = {name: findings.pop(name) for name in ("outcome", "words")}
    for pieces in files.values():
        groups |= pieces
    providers = told.pop("providers", {one.name: one.where for one in PROVIDERS})
    return Words(
        language=language,
        guide=tuple(_section(raw) for raw in guide["section"]),
        findings={name: _finding(raw) for name, raw in findings.items()},
        groups=groups,
        remedies={Diagnosis(name): Remedy(**raw) for name, raw in told.items()} or REMEDIES,
        providers=providers,
    )


def read(language: str) -> dict[str, dict[str, Any]]:
    """Return what stands in the files of a language, by the name of the file."""
    files = sorted((HERE / language).iterdir())
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}


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

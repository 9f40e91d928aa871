# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of one page: what is said, in which order; no HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..diagnosis.remedies import Remedy
from ..judge.words import Action, Finding
from .live import Glance, Live
from .settings import Contact
from .text import Link, Section


@dataclass(frozen=True, slots=True)
class Refusal:
    """That very refusal, as its token tells it; ``time`` is UTC, to the minute."""

    action: Action
    badge: str
    time: datetime
    when: str
    address: str
    reply: str
    outcome: str
    unnamed: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one finding means and how to put it right, for one address."""

    finding: Finding
    who: str
    steps: tuple[str, ...]
    chain: tuple[Link, ...]
    causes: tuple[Remedy, ...]
    commands: str
    verify: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A text to forward to the provider; ``note`` says what to replace and whom to send it to.

    ``english`` is the same for a provider who does not read the page's language, "" if it is that.
    """

    text: str
    note: str
    english: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What can be asked here and now about ``address``; ``asks`` has a field for a server.

    ``path`` has no query; ``chosen`` is the language that the visitor chose, "" without a choice.
    """

    address: str
    path: str
    button: str
    about: str
    asks: bool
    server: str = ""
    chosen: str = ""

    @property
    def query(self) -> str:
        """What follows ``path`` where the form is sent as a link."""
        return f"?check=1&lang={self.chosen}" if self.chosen else "?check=1"


@dataclass(frozen=True, slots=True)
class Petition:
    """A way to ask for an exception at ``path``: a link, or with a ``field`` that form.

    ``field`` is mailbox, reason or empty, ``value`` what was typed there; ``says`` is the answer,
    with marks. ``said`` are the words of text/<language>/request.toml.
    """

    path: str
    said: Mapping[str, str]
    field: str = ""
    value: str = ""
    says: str = ""
    is_good: bool = False

    @property
    def is_link(self) -> bool:
        """Whether there is nothing but the way to the form."""
        return not self.field and not self.says


@dataclass(frozen=True, slots=True)
class Page:
    """Everything one page says; the layout adds no words but those of ``headings``."""

    language: str
    title: str
    lead: str
    note: str
    refusal: Refusal | None
    explanation: Explanation | None
    letter: Letter | None
    guide: tuple[Section, ...]
    sentences: tuple[tuple[Finding, str], ...]
    chain: tuple[Link, ...]
    contact: Contact
    promises: tuple[str, ...]
    headings: Mapping[str, str]
    states: Mapping[str, str]
    form: Form | None = None
    live: Live | None = None
    glance: Glance | None = None
    around: tuple[Mapping[str, str], ...] = ()
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    petition: Petition | None = None

    @property
    def is_settled(self) -> bool:
        """Whether a check has just passed, so that nobody needs to act any more."""
        return self.live is not None and self.live.is_good

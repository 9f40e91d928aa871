# SPDX-License-Identifier: GPL-3.0-or-later
"""Which language the visitor reads: the one chosen on the page, else what the browser asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from .text import LANGUAGES

KEPT = ("check", "around", "server")  # of a question, when only the language changes


@dataclass(frozen=True, slots=True)
class Switch:
    """A link to the same page in a language, under the name that its speakers give it."""

    language: str
    name: str
    to: str
    is_here: bool


def chosen() -> str:
    """Return the language chosen with ``?lang=``, "" without a choice that we know."""
    wanted = request.args.get("lang", "")
    return wanted if wanted in LANGUAGES else ""


def language() -> str:
    """Return the language to answer in.

    A regional one counts as its language, so that ``de-AT, en;q=0.5`` is German; werkzeug's own
    match prefers whatever fits to the letter, here English.
    """
    wanted = request.accept_languages
    asked = (tag.partition("-")[0].lower() for tag, quality in wanted if quality > 0)
    return chosen() or next((one for one in asked if one in LANGUAGES), next(iter(LANGUAGES)))


def keep_choice(endpoint: str, values: dict[str, Any]) -> None:
    """Let every link to a page keep the language that was chosen (a Flask ``url_defaults``)."""
    if request and chosen() and endpoint not in ("site.style", "site.icon"):
        values.setdefault("lang", chosen())


def switches(language: str) -> Iterator[Switch]:
    """Yield a link to this page in each language, with the question that was asked.

    They are relative, so that no page says the path of a request that it does not know.
    """
    kept = {key: request.args[key] for key in KEPT if request.args.get(key)}
    for one, name in LANGUAGES.items():
        yield Switch(one, name, f"?{urlencode({**kept, 'lang': one})}", one == language)

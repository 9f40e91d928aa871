# SPDX-License-Identifier: GPL-3.0-or-later
"""The visitor asks for a look at an address: ``?check=1``, ``?around=1``, ``server=`` besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from flask import current_app, request

from ..diagnosis.providers import provider_of
from ..judge.addresses import parse, why_not_asked
from .author import Author
from .language import chosen
from .live import Live, Reporter
from .pages import Page

MAX_SERVER = 255
MAX_ROWS = 16

Told = Mapping[str, Any]


class Ask(Protocol):
    """The way to a look; see `asking`."""

    def __call__(
        self, address: str, server: str = "", *, around: bool = False, glance: bool = False
    ) -> Told:
        """Return what was told."""
        ...


def checked(page: Page, address: str, path: str, *, was: str = "", own: bool = False) -> Page:
    """Return ``page`` with the form for ``address``, and with what came of it if it was sent.

    ``was`` is the finding of the refusal; ``own`` says that the address is the visitor's.
    """
    ask: Ask | None = current_app.config["ASK"]
    if ask is None or not _is_address(address):
        return page
    author: Author = current_app.config["AUTHORS"][page.language]
    reporter = Reporter(author.words, address, was, apart=author.settings.apart)
    server = "" if own else request.args.get("server", "").strip()[:MAX_SERVER]
    form = author.form(address, path, own=own, server=server, chosen=chosen())
    if why_not_asked(parse(address)):
        live = reporter.private() if _wants("check") or _wants("around") else None
        return author.checked(page, form, live)
    if _wants("check"):
        return author.checked(page, form, _look(reporter, ask(address, server), author))
    if _wants("around"):
        told = ask(address, around=True)
        rows = tuple(told.get("range", ())[:MAX_ROWS])
        return author.checked(page, form, None if rows else reporter.report(told), rows)
    page = author.checked(page, form, None)
    return page if own else replace(page, glance=reporter.glance(ask(address, glance=True)))


def _look(reporter: Reporter, told: Told, author: Author) -> Live:
    nameservers = told.get("seen", {}).get("nameservers", ())
    provider = provider_of(nameservers, author.settings.providers)
    return reporter.report(told, author.words.local(provider))


def _wants(what: str) -> bool:
    return bool(request.args.get(what))


def _is_address(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True

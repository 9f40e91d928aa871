# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for an exception: a mailbox is asked for, its owner gets a link, and there says why.

Nothing is done by GET: programs open links in letters, too. Nothing is kept but what a person has
sent with both the refusal's link and the letter's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flask import current_app, request, url_for

from ..judge.token import BadToken, Notice
from ..judge.words import Action, Finding
from ..requests.desk import why_not
from ..requests.permit import HOURS, grant, mailbox_of
from ..requests.request import MAX_MAILBOX, MAX_REASON, cleaned
from ..shared.errand import Told, ask
from .author import Author
from .pages import Page, Petition

MAX_BODY = 4096  # octets
MAX_AGE_DAYS = 30  # of a refusal
_PATIENCE = 15.0  # seconds; Postfix is on the same host
_SPOKEN = (Action.REFUSE, Action.DEFER)
_ASKED_FOR = (Finding.NO_PTR, Finding.FORGED, Finding.DYNAMIC)


class Send(Protocol):
    """The way to whoever keeps requests and sends letters; see `requests.desk`."""

    def __call__(self, order: str, **told: str | int) -> Told:
        """Return what was answered."""
        ...


@dataclass(frozen=True, slots=True)
class Errands:
    """The way to ``ptrgate-requests``."""

    path: str

    def __call__(self, order: str, **told: str | int) -> Told:
        """Return its answer, or ``{"error": "away"}``."""
        return ask(self.path, {"order": order, **told}, _PATIENCE)


def linked(page: Page, author: Author, notice: Notice, path: str) -> Page:
    """Return a refusal's page with the way to ask, where an exception would help."""
    if not _is_of_use(notice):
        return page
    return replace(page, petition=Petition(path, author.words.table("exception")))


def petitioned(author: Author, notice: Notice, token: str, permit: str) -> tuple[Page, int] | None:
    """Return the page and its status; None where there is nothing to ask for."""
    if not _is_of_use(notice):
        return None
    first = url_for("site.petition", token=token)
    desk = _Desk(author, notice, first)
    if time.time() - notice.minute * 60 > MAX_AGE_DAYS * 86400:
        return desk.page("old", 410)
    if not permit:
        return desk.letter(token) if request.method == "POST" else desk.page("", 200, "mailbox")
    try:
        mailbox = mailbox_of(permit, notice, current_app.config["KEYS"], _minute())
    except BadToken:
        return desk.page("lost", 404, "mailbox")
    confirmed = replace(desk, path=url_for("site.petition", token=token, permit=permit))
    if request.method == "POST":
        return confirmed.record(mailbox)
    return confirmed.page("", 200, "reason", mailbox=mailbox)


def _is_of_use(notice: Notice) -> bool:
    return notice.action in _SPOKEN and notice.finding in _ASKED_FOR


def _minute() -> int:
    return int(time.time()) // 60


@dataclass(frozen=True, slots=True)
class _Desk:
    """Answers one visitor."""

    author: Author
    notice: Notice
    path: str

    def page(
        self, key: str, status: int, field: str = "", *, value: str = "", **at: str
    ) -> tuple[Page, int]:
        """Return the page that says ``key``, with the form for ``field``."""
        said = self.author.words.table("exception")
        known = {"address": self.notice.address, "hours": str(HOURS), "most": str(MAX_REASON)}
        filled = {**known, "days": str(MAX_AGE_DAYS), **at}
        words = {name: text.format_map(_Open(filled)) for name, text in said.items()}
        is_second = field == "reason" or key in ("taken", "waiting", "approved", "denied", "full")
        title, lead = words["confirm_title" if is_second else "title"], words["lead"]
        if field == "reason":
            lead = words["confirm_lead"]
        good = key in ("sent", "taken", "waiting", "approved")
        answer = words[key] if key else ""
        petition = Petition(self.path, words, field, value, answer, good)
        return self.author.petition(title, "" if answer and not field else lead, petition), status

    def letter(self, token: str) -> tuple[Page, int]:
        """Have a letter sent to the mailbox that was typed."""
        mailbox = request.form.get("mailbox", "").strip()[: MAX_MAILBOX + 1]
        if why := why_not(mailbox, self.author.settings.domains):
            return self.page(why, 400, "mailbox", value=mailbox)
        permit = grant(self.notice, mailbox, current_app.config["KEYS"], _minute())
        told = self._send(
            "letter",
            mailbox=mailbox,
            url=f"{self.author.settings.help_url}/r/{token}/exception/{permit}",
        )
        key, status = _outcome(told)
        return self.page(key, status, mailbox=mailbox)

    def record(self, mailbox: str) -> tuple[Page, int]:
        """Have the request kept."""
        reason = cleaned(request.form.get("reason", ""))
        if not reason:
            return self.page("empty", 400, "reason", mailbox=mailbox)
        told = self._send(
            "record",
            finding=self.notice.finding.value,
            refused=self.notice.minute,
            mailbox=mailbox,
            reason=reason,
        )
        key, status = _outcome(told)
        at = {"id": str(told.get("taken", "")), "days": str(told.get("days", ""))}
        return self.page(key, status, **at)

    def _send(self, order: str, **told: str | int) -> Told:
        send: Send = current_app.config["SEND"]
        language = self.author.words.language
        return send(order, address=self.notice.address, language=language, **told)


class _Open(dict[str, str]):
    """Leaves a placeholder of another sentence as it is."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _outcome(told: Mapping[str, Any]) -> tuple[str, int]:
    """Return the key of the words for what was answered, and the status."""
    for key in ("sent", "taken"):
        if key in told:
            return key, 200
    if told.get("known") in ("waiting", "approved", "denied"):
        return str(told["known"]), 200
    for key in ("full", "wait"):
        if key in told:
            return key, 429
    return "away", 503

# SPDX-License-Identifier: GPL-3.0-or-later
"""A page as plain text, for a terminal or a ticket: the same words, wrapped, without the guide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from .live import Live, Told
from .markup import plain
from .pages import Explanation, Page, Petition, Refusal
from .text import Link

WIDTH = 78


def text(page: Page, help_url: str) -> str:
    """Return the text, with a line end at its end."""
    parts = [_wrapped(page.title), "=" * min(len(page.title), WIDTH), _wrapped(plain(page.lead))]
    if page.refusal:
        parts += ["", *_refusal(page, page.refusal)]
    if page.live:
        parts += ["", _wrapped(plain(page.live.says)), *map(_wrapped, page.live.notes)]
        parts += ["", *_chain(page.live.chain, page)] if page.live.chain else []
    elif page.explanation:
        chain = page.glance.chain if page.glance else page.explanation.chain
        parts += ["", *_chain(chain, page)]
    if page.live and page.live.seen and page.live.remedy:
        parts += ["", *_seen(page.live.seen, page.live, page)]
    if page.around:
        finding = page.said["range"]
        parts += ["", _heading(finding["title"])]
        parts += [f"{r['address']}  {finding[r['finding']]}  {r['name']}" for r in page.around]
    if page.explanation:
        parts += ["", *_explanation(page, page.explanation)]
    if page.form:
        parts += ["", f"{page.form.button}: {help_url}{page.form.path}{page.form.query}"]
    parts += _letters(page)
    if page.petition:
        parts += ["", _petition(page.petition, help_url)]
    contact = (page.contact.name, page.contact.email, page.contact.url, page.contact.phone)
    parts += ["", _heading(page.headings["contact"]), *filter(None, contact)]
    return "\n".join(parts) + "\n"


def _refusal(page: Page, refusal: Refusal) -> Iterator[str]:
    colon = page.headings["colon"]
    yield f"{page.headings['time']}{colon} {refusal.when}"
    yield f"{page.headings['address']}{colon} {refusal.address}"
    if refusal.reply:
        yield f"{page.headings['reply']}{colon} {refusal.reply}"
    yield _wrapped(refusal.outcome)


def _chain(links: Iterable[Link], page: Page) -> Iterator[str]:
    for link in links:
        said = f"{link.value} ({page.states[link.state]}; {link.note})"
        colon = "" if link.label.endswith("?") else page.headings["colon"]
        yield _wrapped(f"{link.label}{colon} {said}")


def _seen(seen: Told, live: Live, page: Page) -> Iterator[str]:
    """Yield whose the zone is, what has to stand there, and the way of the world to it."""
    said = page.said["delegations"]
    if seen["zone"]:
        yield _wrapped(plain(said["charge"].format(zone=seen["zone"])))
    if seen["contact"]:
        yield _wrapped(plain(said["contact"].format(contact=seen["contact"])))
    if live.records:
        yield said["records"] + page.headings["colon"]
        yield from (f"  {record}" for record in live.records)
    yield ""
    yield _heading(said["title"])
    for step in seen["delegation"]:
        yield f"  {step['zone']}: {' '.join(step['nameservers'])}"


def _letters(page: Page) -> Iterator[str]:
    if page.letter:
        yield from ("", _heading(page.headings["letter"]), page.letter.text)
    if page.letter and page.letter.english:
        yield from ("", _heading(page.headings["english"]), page.letter.english)


def _petition(petition: Petition, help_url: str) -> str:
    if petition.says:
        return _wrapped(plain(petition.says))
    return f"{petition.said['link']}: {help_url}{petition.path}"


def _explanation(page: Page, explanation: Explanation) -> Iterator[str]:
    yield _heading(page.headings["who"])
    yield _wrapped(plain(explanation.who))
    yield ""
    yield _heading(page.headings["steps"])
    for number, step in enumerate(explanation.steps, start=1):
        yield _wrapped(f"{number}. {plain(step)}")
    yield ""
    yield _heading(page.headings["verify"])
    yield explanation.commands


def _heading(words: str) -> str:
    return f"{words}\n{'-' * len(words)}"


def _wrapped(words: str) -> str:
    return textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False)

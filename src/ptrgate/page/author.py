# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes pages as data: the operator's settings, the policy and the words come together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..judge.policy import Policy
from ..judge.token import Notice
from ..judge.words import Action, Finding
from .causes import causes, request
from .evidence import Told, asking, informed
from .live import Live
from .pages import Explanation, Form, Letter, Page, Petition, Refusal
from .places import (
    EXAMPLE_ADDRESS,
    EXAMPLE_NAME,
    OWN_NAME,
    UNKNOWN_NAME,
    filled,
    links,
    places,
    section,
)
from .promises import promises
from .replies import sentences, spoken, told
from .settings import Settings
from .text import Words, words

Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Author:
    """Writes pages in one language for one operator."""

    words: Words
    settings: Settings
    policy: Policy

    def general(self, kind: str = "general") -> Page:
        """Return the page without a finding: ``general``, or ``lost``, ``missing``, ``broken``."""
        said = self.words.table(kind)
        at = {**places(EXAMPLE_ADDRESS), "url": f"{self.settings.help_url}/"}
        page = self._page(said["title"], said["lead"], at)
        letter = self._letter(Finding.NO_PTR, at)
        return replace(page, note=self._example_note(), letter=letter)

    def finding(self, finding: Finding) -> Page:
        """Return the page about ``finding``, with example addresses."""
        return replace(self._about(finding, EXAMPLE_ADDRESS, ""), note=self._example_note())

    def notice(self, notice: Notice, url: str) -> Page:
        """Return the page about one refusal; ``url`` is its own address."""
        page = self._about(notice.finding, notice.address, url)
        return replace(page, refusal=self._refusal(notice, url))

    def checked(self, page: Page, form: Form, live: Live | None, around: Rows = ()) -> Page:
        """Return ``page`` with what can be asked about an address, and what was found of it."""
        tables = ("names", "recheck", "sendnow", "delegations", "provider", "range")
        said = {name: self.words.table(name) for name in tables}
        letter = page.letter
        if letter and live and live.seen and live.remedy:
            letter = self._informed(letter, page.explanation, live.seen)
        return replace(page, form=form, live=live, around=around, said=said, letter=letter)

    def form(
        self, address: str, path: str, *, own: bool = False, server: str = "", chosen: str = ""
    ) -> Form:
        """Return the form for a look at ``address``; ``own`` if it is the visitor's."""
        said = self.words.table("recheck")
        button, about = said["button"].format(address=address), "about_own" if own else "about"
        bare = path.partition("?")[0]
        return Form(address, bare, button, said[about], not own, server, chosen)

    def petition(self, title: str, lead: str, petition: Petition) -> Page:
        """Return a page of a petition: ``title`` and ``lead`` are filled already."""
        page = self._page("", "", places(EXAMPLE_ADDRESS))
        return replace(page, title=title, lead=lead, guide=(), petition=petition)

    def _about(self, finding: Finding, address: str, url: str) -> Page:
        said = self.words.findings[finding.value]
        at = places(address)
        page = self._page(said.title, said.lead, at)
        seen = UNKNOWN_NAME if url else EXAMPLE_NAME
        own = {**at, "seen": seen, "url": url or f"{self.settings.help_url}/{finding.value}"}
        letter = self._letter(finding, own)
        return replace(page, explanation=self._explanation(finding, own), letter=letter)

    def _explanation(self, finding: Finding, at: dict[str, str]) -> Explanation:
        said = self.words.findings[finding.value]
        verify = self.words.table("verify")
        return Explanation(
            finding=finding,
            who=said.who.format_map(at),
            steps=filled(self._steps(finding, at["address"]), at),
            chain=links(said.chain, at),
            causes=causes(self.words, finding, at["address"], at["seen"]),
            commands=verify["commands"].format_map(at).strip(),
            verify={key: verify[key].format_map(at) for key in ("caption", "after")},
        )

    def _steps(self, finding: Finding, address: str) -> tuple[str, ...]:
        """Return the steps; who has no name over IPv6 has a way of its own."""
        steps = self.words.findings[finding.value].steps
        if finding is Finding.NO_PTR and ":" in address:
            return (*steps, self.words.table("ipv6")["step"])
        return steps

    def _letter(self, finding: Finding, at: dict[str, str]) -> Letter:
        notes = self.words.table("letter_words")
        note = notes.get(finding.value, notes["note"])
        english = "" if self.words.language == "en" else _written(words("en"), finding, at)
        return Letter(_written(self.words, finding, at), note.format_map(at), english)

    def _informed(self, letter: Letter, about: Explanation | None, seen: Told) -> Letter:
        finding = about.finding if about else Finding.NO_PTR

        def told(text: str, words: Words) -> str:
            return text and informed(text, request(words, finding, seen["address"]), seen, words)

        return replace(
            letter,
            text=told(letter.text, self.words),
            english=told(letter.english, words("en")),
        )

    def _refusal(self, notice: Notice, url: str) -> Refusal:
        badges, outcome = self.words.table("words"), self.words.table("outcome")
        action, time = told(notice), datetime.fromtimestamp(notice.minute * 60, UTC)
        unnamed = "nothing" if notice.finding == Finding.NO_PTR else "unnamed"
        return Refusal(
            action=action,
            badge=badges[action.value],
            time=time,
            when=self.words.moment(time),
            address=notice.address,
            reply=spoken(self.policy, replace(notice, action=action), url),
            outcome=outcome[_outcome(action, notice)],
            unnamed=self.words.table("verify")[unnamed].format(address=notice.address),
        )

    def _page(self, title: str, lead: str, at: dict[str, str]) -> Page:
        own = {**at, **self._operator()}
        shown = {**own, **places(EXAMPLE_ADDRESS), "name": EXAMPLE_NAME}
        ok = self.words.findings[Finding.OK.value]
        return Page(
            language=self.words.language,
            title=title.format_map(own),
            lead=lead.format_map(own),
            note="",
            refusal=None,
            explanation=None,
            letter=None,
            guide=tuple(section(s, shown if s.example else own) for s in self.words.guide),
            sentences=tuple(sentences(self.policy, self.settings.help_url)),
            chain=links(ok.chain, shown),
            contact=self.settings.contact,
            promises=tuple(promises(self.policy, self.settings, self.words)),
            headings=self.words.table("headings"),
            states=self.words.table("words"),
        )

    def _operator(self) -> dict[str, str]:
        operator = self.settings.operator
        return {"operator": operator, "domains": ", ".join(self.settings.domains) or operator}

    def _example_note(self) -> str:
        example = self.words.table("general")["example"]
        return example.format(address=EXAMPLE_ADDRESS, name=OWN_NAME)


def _written(words: Words, finding: Finding, at: Mapping[str, str]) -> str:
    ask = asking(request(words, finding, at["address"]))
    return words.table("letter")["text"].format_map({**at, "ask": ask}).strip()


def _outcome(action: Action, notice: Notice) -> str:
    """Return what became of the mail: a client that has a fault, not bad luck, is told in time."""
    if action is not Action.DEFER:
        return action.value
    if ":" in notice.address and notice.finding in (Finding.NO_PTR, Finding.DNS_FAILURE):
        return "defer_v6"
    return "defer" if notice.finding is Finding.DNS_FAILURE else "defer_first"

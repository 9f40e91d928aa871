# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes pages as data: the operator's settings, the policy and the words come together."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..judge import refusal
from ..judge.policy import Policy, is_reachable
from ..judge.token import Notice
from ..judge.words import Action, Finding, RefuseAt
from .causes import causes, request
from .pages import Explanation, Page, Refusal
from .places import EXAMPLE_ADDRESS, EXAMPLE_NAME, OWN_NAME, filled, links, places, section
from .settings import Settings
from .text import Words

TOLD = (Action.REFUSE, Action.DEFER)


@dataclass(frozen=True, slots=True)
class Author:
    """Writes pages in one language for one operator."""

    words: Words
    settings: Settings
    policy: Policy

    def general(self, kind: str = "general") -> Page:
        """Return the page without a finding: ``general``, or ``lost`` or ``missing`` (404)."""
        said = self.words.table(kind)
        page = self._page(said["title"], said["lead"], places(EXAMPLE_ADDRESS))
        return replace(page, note=self._example_note())

    def finding(self, finding: Finding) -> Page:
        """Return the page about ``finding``, with example addresses."""
        return replace(self._about(finding, EXAMPLE_ADDRESS, ""), note=self._example_note())

    def notice(self, notice: Notice, url: str) -> Page:
        """Return the page about one refusal; ``url`` is its own address."""
        page = self._about(notice.finding, notice.address, url)
        return replace(page, refusal=self._refusal(notice, url))

    def _about(self, finding: Finding, address: str, url: str) -> Page:
        said = self.words.findings[finding.value]
        at = places(address)
        page = self._page(said.title, said.lead, at)
        own = {**at, "url": url or f"{self.settings.help_url}/{finding.value}"}
        return replace(page, explanation=self._explanation(finding, own))

    def _explanation(self, finding: Finding, at: dict[str, str]) -> Explanation:
        said = self.words.findings[finding.value]
        verify = self.words.table("verify")
        notes = self.words.table("letter_words")
        note = notes.get(finding.value, notes["note"])
        return Explanation(
            finding=finding,
            who=said.who.format_map(at),
            steps=filled(said.steps, at),
            chain=links(said.chain, at),
            causes=causes(finding, at["address"]),
            letter=self._letter(finding, at),
            letter_note=note.format_map(at),
            commands=verify["commands"].format_map(at).strip(),
            verify={key: verify[key].format_map(at) for key in ("caption", "after")},
        )

    def _letter(self, finding: Finding, at: dict[str, str]) -> str:
        ask = request(finding, at["address"])
        if not ask:
            return ""
        letter = self.words.table("letter")["text"]
        return letter.format_map({**at, "ask": textwrap.fill(ask, 66)}).strip()

    def _refusal(self, notice: Notice, url: str) -> Refusal:
        words, outcome = self.words.table("words"), self.words.table("outcome")
        action = _told(notice)
        over_ipv6 = action == Action.DEFER and ":" in notice.address
        unnamed = "nothing" if notice.finding == Finding.NO_PTR else "unnamed"
        return Refusal(
            action=action,
            badge=words[action.value],
            time=datetime.fromtimestamp(notice.minute * 60, UTC),
            address=notice.address,
            reply=self._reply(notice.finding, action, notice.address, url=url),
            outcome=outcome["defer_v6" if over_ipv6 else action.value],
            unnamed=self.words.table("verify")[unnamed].format(address=notice.address),
        )

    def _reply(
        self, finding: Finding, action: Action, address: str, *, name: str = "NAME", url: str = ""
    ) -> str:
        if finding == Finding.OK or action not in TOLD:
            return ""
        at = self.policy.refuse_at
        return str(
            refusal.reply(
                finding,
                action=action,
                address=address,
                name=name,
                url=url or self.settings.help_url,
                refuse_at=at,
            )
        )

    def _sentences(self) -> Iterable[tuple[Finding, str]]:
        for finding in Finding:
            action = Action.DEFER if finding == Finding.DNS_FAILURE else Action.REFUSE
            said = self._reply(finding, action, EXAMPLE_ADDRESS, name=EXAMPLE_NAME)
            if said:
                yield finding, said

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
            guide=tuple(section(s, shown if s.example else own) for s in self.words.guide),
            sentences=tuple(self._sentences()),
            chain=links(ok.chain, shown),
            contact=self.settings.contact,
            promises=tuple(self._promises()),
            headings=self.words.table("headings"),
            states=self.words.table("words"),
        )

    def _operator(self) -> dict[str, str]:
        operator = self.settings.operator
        return {"operator": operator, "domains": ", ".join(self.settings.domains) or operator}

    def _example_note(self) -> str:
        example = self.words.table("general")["example"]
        return example.format(address=EXAMPLE_ADDRESS, name=OWN_NAME)

    def _promises(self) -> Iterable[str]:
        """Say which mail arrives from a refused server: the policy knows, nobody else."""
        said = self.words.table("contact")
        yield said["lead"]
        if self.policy.refuse_at == RefuseAt.MAIL:
            yield said["refused_too"]
            return
        email = self.settings.contact.email
        wanted = dict.fromkeys([email, *(f"postmaster@{d}" for d in self.settings.domains)])
        open_to_all = [address for address in wanted if is_reachable(self.policy, address)]
        if open_to_all:
            yield said["never_refused"].format(addresses=", ".join(open_to_all))
        if email not in open_to_all:
            yield said["elsewhere"].format(addresses=email)


def _told(notice: Notice) -> Action:
    """A failed lookup is deferred whatever the policy says, as ``judge.refusal`` speaks it."""
    is_softened = notice.finding == Finding.DNS_FAILURE and notice.action == Action.REFUSE
    return Action.DEFER if is_softened else notice.action

# SPDX-License-Identifier: GPL-3.0-or-later
"""A page for programs: JSON of what it says, and problem details (RFC 9457) where it cannot."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .markup import plain
from .pages import Explanation, Page, Petition, Refusal

BAD = 400  # and above


def document(page: Page, help_url: str) -> dict[str, Any]:
    """Return the JSON object; its keys are a promise."""
    form = page.form
    return {
        "language": page.language,
        "title": page.title,
        "lead": plain(page.lead),
        "refusal": _refusal(page.refusal) if page.refusal else None,
        "explanation": _explanation(page.explanation) if page.explanation else None,
        "letter": page.letter.text if page.letter else None,
        "letter_in_english": (page.letter.english or page.letter.text) if page.letter else None,
        "check": _check(page),
        "check_url": f"{help_url}{form.path}{form.query}" if form else None,
        "around": [dict(row) for row in page.around],
        "exception": _exception(page.petition, help_url) if page.petition else None,
        "contact": asdict(page.contact),
    }


def problem(page: Page, status: int, help_url: str) -> dict[str, Any]:
    """Return the problem details: what is wrong, and where it is explained."""
    told = page.live.says if page.live else page.petition.says if page.petition else ""
    says = plain(told or page.lead)
    return {"type": f"{help_url}/", "title": page.title, "status": status, "detail": says}


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "time": refusal.time.strftime("%Y-%m-%dT%H:%MZ"),
        "address": refusal.address,
        "action": refusal.action.value,
        "reply": refusal.reply,
        "outcome": refusal.outcome,
    }


def _exception(petition: Petition, help_url: str) -> dict[str, Any]:
    """Return where an exception is asked for, and what was said to who did."""
    return {"url": f"{help_url}{petition.path}", "says": plain(petition.says)}


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "finding": explanation.finding.value,
        "who": plain(explanation.who),
        "steps": [plain(step) for step in explanation.steps],
        "causes": [asdict(cause) for cause in explanation.causes],
        "commands": explanation.commands.splitlines(),
    }


def _check(page: Page) -> dict[str, Any] | None:
    """Return what came of a look: the outcome in a word, in a sentence, and all that was seen."""
    if page.live is None:
        return None
    return {
        "outcome": page.live.outcome,
        "says": plain(page.live.says),
        "notes": list(page.live.notes),
        "provider": asdict(page.live.provider) if page.live.provider else None,
        "seen": dict(page.live.seen) if page.live.seen else None,
    }

# SPDX-License-Identifier: GPL-3.0-or-later
"""The letters: one that asks whether a mailbox is the visitor's, one that tells what was decided.

No word of a stranger is in them but addresses: whoever has a letter sent to somebody else cannot
write in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid
from functools import cache
from pathlib import Path

from .permit import HOURS
from .request import Request, State
from .settings import Settings

TEXTS = Path(__file__).parents[1] / "page" / "text"
LANGUAGES = tuple(sorted(path.parent.name for path in TEXTS.glob("*/request.toml")))


@cache
def _words(language: str) -> Mapping[str, str]:
    chosen = language if language in LANGUAGES else "en"
    text = (TEXTS / chosen / "request.toml").read_text(encoding="utf-8")
    words: dict[str, str] = tomllib.loads(text)["mail"]
    return words


def confirm(settings: Settings, mailbox: str, address: str, url: str, language: str) -> bytes:
    """Return the letter that asks whether the owner of ``mailbox`` wants an exception."""
    words, at = _words(language), {"address": address, "url": url, "hours": str(HOURS)}
    at |= {"operator": settings.operator, "email": settings.email}
    return _letter(
        settings, mailbox, words["confirm_subject"].format_map(at), words["confirm"].format_map(at)
    )


def decision(settings: Settings, request: Request, until: date | None) -> bytes:
    """Return the letter that says what was decided; ``until`` is an exemption's last day."""
    words, state = _words(request.language), request.state
    at = {"address": request.address, "until": str(until or ""), "email": settings.email}
    at |= {"operator": settings.operator}
    key = "approved" if state is State.APPROVED else "denied"
    return _letter(
        settings,
        request.mailbox,
        words["decision_subject"].format_map(at),
        words[key].format_map(at),
    )


def notice(settings: Settings, request: Request) -> bytes:
    """Return the letter that tells the operator of a new request."""
    text = (
        f"A refused administrator asks for an exception for {request.address}"
        f" ({request.finding.value}).\nHis address was confirmed: {request.mailbox}\n\n"
        f"On {settings.host}:\n\n  ptrgate requests show {request.id}\n"
        f"  ptrgate requests approve {request.id}\n  ptrgate requests deny {request.id}\n\n"
        f"Undecided, it is forgotten after {settings.days} days.\n"
    )
    subject = f"Request {request.id} for an exception"
    return _letter(settings, settings.email, subject, text)


def _letter(settings: Settings, to: str, subject: str, text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(settings.name, addr_spec=settings.email)
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=settings.host)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation answers it
    message.set_content(text, cte="quoted-printable")
    return message.as_bytes()

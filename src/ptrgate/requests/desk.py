# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the page's errands: a letter to a mailbox, and a request whose mailbox was confirmed.

``{"order": "letter", "address": A, "mailbox": M, "url": U, "language": L}`` has M asked whether it
wants an exception for A; ``{"order": "record", "address": .., "finding": .., "refused": MINUTE,
"mailbox": .., "reason": .., "language": ..}`` is kept for the operator. The answer is ``{"sent":
true}``, ``{"taken": ID, "days": N}``, ``{"known": STATE}``, ``{"full": true}``,
``{"wait": SECONDS}`` or ``{"error": WHY}``. Whatever the page says, no more letters leave than the
limits allow.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..judge.addresses import parse, why_not_asked
from ..judge.words import Finding
from ..shared.amending import CannotAmendError, amending, put
from ..shared.errand import Told
from ..shared.limits import Limits, Rate, network_of
from . import book, letters
from .request import Request, cleaned, is_mailbox
from .settings import Settings

A_NETWORK = Rate(3, book.DAY / 3)  # letters asked for from a /24 or /64, at once and then a day
A_MAILBOX = Rate(1, book.DAY)
A_DOMAIN = Rate(10, book.DAY / 10)
EVERYBODY = Rate(1 << 20, 1.0)  # one limit for all is enough: that of the networks
_URL = re.compile(r"[A-Za-z0-9:/._~\[\]-]{1,600}", re.ASCII)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(slots=True)
class Desk:
    """The desk over ``directory``; ``send`` takes recipient and letter and may raise OSError."""

    settings: Settings
    directory: Path
    send: Callable[[str, bytes], None]
    note: Callable[[str], None]
    now: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _limits: tuple[Limits, ...] = ()

    def __post_init__(self) -> None:
        """Make the limits."""
        letters = self.settings.letters
        all_of_us = Rate(letters, book.DAY / letters)
        self._limits = (
            Limits(A_MAILBOX, EVERYBODY, self.now),
            Limits(A_DOMAIN, EVERYBODY, self.now),
            Limits(A_NETWORK, all_of_us, self.now),
        )

    def answer(self, request: bytes) -> Told:
        """Answer one errand, whatever is in it."""
        try:
            told = _errand(request)
            return {"letter": self._letter, "record": self._record}[told["order"]](told)
        except (OSError, CannotAmendError, book.Damaged) as error:
            self.note(f"requests: {error!a}")
            return {"error": "away"}
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            return {"error": f"{error!a}"[:200]}

    def _letter(self, told: dict[str, Any]) -> Told:
        address, mailbox, url = parse(told["address"]), str(told["mailbox"]), str(told["url"])
        if why_not_asked(address) or why_not(mailbox, self.settings.domains):
            raise ValueError("no letter is sent there")
        if not url.startswith(f"{self.settings.help_url}/r/") or not _URL.fullmatch(url):
            raise ValueError("no page of ours")
        domain = mailbox.rpartition("@")[2].lower()
        names = (mailbox.lower(), domain, network_of(str(address)))
        with self._lock:
            for limits, name in zip(self._limits, names, strict=True):
                if wait := limits.wait(name):
                    return {"wait": wait}
        text = letters.confirm(
            self.settings, mailbox, str(address), url, str(told.get("language", ""))
        )
        self.send(mailbox, text)
        self.note(f"requests event=letter address={address} mailbox={mailbox}")
        return {"sent": True}

    def _record(self, told: dict[str, Any]) -> Told:
        new = Request(
            id="".join(secrets.choice(_ALPHABET) for _ in range(6)),
            address=str(parse(told["address"])),
            finding=Finding(told["finding"]),
            refused=int(told["refused"]) * 60,
            mailbox=str(told["mailbox"]),
            reason=cleaned(str(told["reason"])),
            language=str(told.get("language", "en")),
            made=int(self.now()),
        )
        with self._lock, amending(self.directory):
            asked = book.asked(self._read(), new, self.settings.days)
            if asked.known:
                return {"known": asked.known.state.value}
            if asked.is_full:
                return {"full": True}
            put(self.directory / book.BOOK, book.write(asked.book))
        line = f"id={new.id} address={new.address} mailbox={new.mailbox}"
        self.note(f"requests event=asked {line}: ptrgate requests show {new.id}")
        self._tell_operator(new)
        return {"taken": new.id, "days": self.settings.days}

    def _tell_operator(self, new: Request) -> None:
        try:
            self.send(self.settings.email, letters.notice(self.settings, new))
        except OSError as error:  # it waits all the same, and the journal and the metric say so
            self.note(f"requests: the operator could not be told: {error!a}")

    def sweep(self) -> None:
        """Forget what is too old."""
        try:
            with self._lock, amending(self.directory):
                before = self._read()
                kept = book.pruned(before, self.now(), self.settings.days)
                if len(kept) < len(before):
                    put(self.directory / book.BOOK, book.write(kept))
        except (OSError, CannotAmendError, book.Damaged) as error:
            self.note(f"requests: {error!a}")

    def _read(self) -> tuple[Request, ...]:
        file = self.directory / book.BOOK
        try:
            return book.read(file.read_text(encoding="utf-8"), str(file))
        except FileNotFoundError:
            return ()


def _errand(request: bytes) -> dict[str, Any]:
    told = json.loads(request)
    if not isinstance(told, dict) or any(type(one) not in (str, int) for one in told.values()):
        raise TypeError("an errand is an object of texts and numbers")
    return told


def why_not(mailbox: str, own: tuple[str, ...]) -> str:
    """Return why no letter goes to ``mailbox``: ``none``, ``ours``, or "" if one may."""
    if not is_mailbox(mailbox):
        return "none"
    return "ours" if mailbox.rpartition("@")[2].lower() in own else ""

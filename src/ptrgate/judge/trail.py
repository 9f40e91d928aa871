# SPDX-License-Identifier: GPL-3.0-or-later
"""What a walk from the root to the authoritative servers saw: evidence as plain values.

Names are in presentation form without a final dot, the root is ".".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .answers import Answer


class Said(StrEnum):
    """What one server's reply is worth."""

    ANSWER = "answer"  # with authority: records, an alias, or that there are none
    REFERRAL = "referral"
    LAME = "lame"  # it says that it does not serve the zone it is named for
    SILENT = "silent"  # no reply, or one that proves nothing (SERVFAIL)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to one server: its name ("" if given by address), address, and reply."""

    server: str
    address: str
    zone: str
    question: str
    said: Said
    reply: str
    values: tuple[str, ...] = ()
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """Who is in charge of a zone: its NS set and the mailbox of its SOA record, if known."""

    zone: str
    nameservers: tuple[str, ...] = ()
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A PTR record in a server that the world may not ask, and the zone it has it in.

    ``owner`` is the record's own name: the one asked for, or one below a zone for a small network
    (RFC 2317) that nothing leads to.
    """

    server: str
    zone: str
    names: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class Trail:
    """One question followed from the root.

    ``chain`` holds the name asked for and where each CNAME led; ``zone`` is the deepest zone that
    was reached, with ``nameservers`` as ``parent`` delegates it. ``is_lame``: every one of them
    says that it does not serve the zone. ``differs``: they do not answer alike. ``is_loop``: the
    CNAMEs never end.
    """

    answer: Answer
    chain: tuple[str, ...]
    zone: str = "."
    parent: str = "."
    nameservers: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    is_lame: bool = False
    differs: bool = False
    is_loop: bool = False

    @property
    def lame_servers(self) -> tuple[Asked, ...]:
        """The servers that the world is sent to in vain, each once."""
        return tuple({(a.server, a.zone): a for a in self.asked if a.said is Said.LAME}.values())

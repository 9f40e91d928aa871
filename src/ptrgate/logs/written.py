# SPDX-License-Identifier: GPL-3.0-or-later
"""Which domains our own users wrote to, from Postfix's lines about mail that left for the world.

Who may send there are own networks, users that logged in, and this host. Mail without a sender
does not count: it is an answer that some program gave, perhaps to a stranger who wanted one.
"""

import re
from collections.abc import Iterable, Iterator

from ..judge.names import junk
from ..judge.policy import domain_of
from .journald import OUTBOUND, Entry, Question

PATTERN = r"^\w+: (from=<>|to=<.*status=sent )"
_LINE = re.compile(r"(\w+): (?:from=<>|to=<([^>]*)>.* status=sent )")
_MOST = 100_000  # messages without a sender whose ids are kept
_LONGEST = 253


def question(since: float) -> Question:
    """Return what to ask the journal; ``since`` is in seconds since the epoch."""
    return Question(OUTBOUND, PATTERN, since)


def domains(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the domain of each delivery to the world, oldest first."""
    nobodys: dict[str, None] = {}
    for entry in entries:
        found = _LINE.match(entry.message)
        if found is None:
            continue
        identity, recipient = found.groups()
        if recipient is None:
            nobodys[identity] = None
            if len(nobodys) > _MOST:
                del nobodys[next(iter(nobodys))]
        elif identity not in nobodys and (domain := _public(recipient)):
            yield domain


def _public(recipient: str) -> str:
    """Return the recipient's domain, "" if it is none that the world knows."""
    domain = domain_of(recipient) if "@" in recipient else ""
    is_none = len(domain) > _LONGEST or domain.startswith("[") or junk(domain)
    return "" if is_none else domain

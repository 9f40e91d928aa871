# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has in hand when he asks why: a URL, a token, an address, a queue id, a mailbox."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ..judge import token
from ..judge.addresses import parse

ALLOWED = (
    "the URL of a refusal or its token (ten characters will do), a client's address, a queue id"
    " of this host, or a sender's or recipient's address"
)
_TOKEN_LENGTHS = (32, 52)
_CROCKFORD = re.compile(r"[0-9A-HJKMNP-TV-Z]{10,}")
# postconf(5) enable_long_queue_ids: hexadecimal, or digits and consonants of both cases
_QUEUE_ID = re.compile(r"[0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}")


class Kind(StrEnum):
    """What a text is."""

    TOKEN = "token"  # noqa: S105 (a kind, not a secret)
    REF = "ref"
    ADDRESS = "address"
    QUEUE_ID = "queue_id"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Asked:
    """One way to understand what was asked."""

    kind: Kind
    text: str


def understand(text: str) -> tuple[Asked, ...]:
    """Return the ways to understand a text, likeliest first. ValueError if there is none."""
    bare = text.strip().strip("<>()[];,.\"'")
    before, in_url, tail = bare.rpartition("/r/")
    if in_url:
        bare = re.split(r"[^0-9A-Za-z-]", tail)[0]
    elif "@" in bare:
        return (Asked(Kind.MAILBOX, bare.lower()),)
    else:
        try:
            return (Asked(Kind.ADDRESS, str(parse(bare))),)
        except ValueError:
            pass
    ways = [*_notices(bare), *([] if before else _queue_ids(bare))]
    if not ways:
        raise ValueError(f"{text[:80]!a} is none of these: {ALLOWED}")
    return tuple(ways)


def _notices(text: str) -> list[Asked]:
    normal = token.normal(text)
    if not _CROCKFORD.fullmatch(normal):
        return []
    whole = len(normal) in _TOKEN_LENGTHS
    return [Asked(Kind.TOKEN, normal) if whole else Asked(Kind.REF, token.ref(normal))]


def _queue_ids(text: str) -> list[Asked]:
    return [Asked(Kind.QUEUE_ID, text)] if _QUEUE_ID.fullmatch(text) else []

# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of the link in a letter: whoever has it reads that mailbox. Signed, and soon over.

Base32 of: 10 octets HMAC-SHA256, key id (1 octet), UTC minutes (4 octets), the mailbox. The
signature covers the refusal too, so a link serves that refusal's address alone; nothing is kept
of whoever was sent one.
"""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from binascii import Error

from ..judge.addresses import parse
from ..judge.token import MAC_OCTETS, BadToken, Keys, Notice
from .request import MAX_MAILBOX, is_mailbox

HOURS = 48
_LABEL = b"ptrgate exception\0"
_HEAD = MAC_OCTETS + 1 + 4
_LONGEST = (_HEAD + MAX_MAILBOX) * 8 // 5 + 1
_MINUTES = HOURS * 60


def grant(notice: Notice, mailbox: str, keys: Keys, minute: int) -> str:
    """Return the permit to ask as ``mailbox``; ``minute`` is now, in UTC minutes."""
    identity, secret = keys.newest
    body = bytes([identity]) + minute.to_bytes(4, "big") + mailbox.encode("ascii")
    signed = _mac(secret, notice, body) + body
    return b32encode(signed).decode("ascii").rstrip("=").lower()


def mailbox_of(permit: str, notice: Notice, keys: Keys, minute: int) -> str:
    """Return the mailbox that a permit for this refusal was sent to. Raises BadToken."""
    if len(permit) > _LONGEST or not permit.isascii():
        raise BadToken("it is not whole")
    try:
        signed = b32decode(permit.upper() + "=" * (-len(permit) % 8))
    except Error:
        raise BadToken("it is not whole") from None
    mac, body = signed[:MAC_OCTETS], signed[MAC_OCTETS:]
    secret = keys.secret(body[0]) if len(signed) > _HEAD else None
    if secret is None or not hmac.compare_digest(mac, _mac(secret, notice, body)):
        raise BadToken("its signature is wrong")
    if not 0 <= minute - int.from_bytes(body[1:5], "big") < _MINUTES:
        raise BadToken(f"it was good for {HOURS} hours")
    mailbox = body[5:].decode("ascii", "replace")
    if not is_mailbox(mailbox):
        raise BadToken("its mailbox is none")
    return mailbox


def _mac(secret: bytes, notice: Notice, body: bytes) -> bytes:
    refusal = notice.minute.to_bytes(4, "big") + parse(notice.address).packed
    signed = _LABEL + bytes([len(refusal)]) + refusal + body
    return hmac.digest(secret, signed, "sha256")[:MAC_OCTETS]

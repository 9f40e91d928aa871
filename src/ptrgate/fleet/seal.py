# SPDX-License-Identifier: GPL-3.0-or-later
"""A text that only a host with the fleet's keys can have written: ``ID.HMAC.TEXT``.

The keys are those of the tokens in refusals; a secret made from one for each purpose keeps a
token, an exemption and what was learnt from being taken for each other.
"""

import hmac
import re

from ..judge.token import Keys

EXEMPTION, LEARNT = "exemption", "learnt"  # purposes
_SEALED = re.compile(rb"(1?[0-9])\.([0-9a-f]{64})\.(.*)", re.DOTALL)


class Unsealed(ValueError):  # noqa: N818 (what happened, as BadToken)
    """Nobody of the fleet has written this; str() says why in words."""


def sealed(text: str, purpose: str, keys: Keys) -> bytes:
    """Return the text with the fleet's signature before it."""
    identity, secret = keys.newest
    octets = text.encode()
    return f"{identity}.{_mac(secret, purpose, octets)}.".encode() + octets


def unsealed(octets: bytes, purpose: str, keys: Keys) -> str:
    """Return the text that one of the fleet's keys has signed. Raises Unsealed."""
    found = _SEALED.fullmatch(octets)
    if not found:
        raise Unsealed("it is not signed")
    secret = keys.secret(int(found[1]))
    if secret is None:
        raise Unsealed("its key is not known here (ptrgate_token_keys)")
    if not hmac.compare_digest(_mac(secret, purpose, found[3]).encode(), found[2]):
        raise Unsealed("its signature is wrong")
    return found[3].decode("utf-8", "replace")


def _mac(secret: bytes, purpose: str, octets: bytes) -> str:
    derived = hmac.digest(secret, f"ptrgate fleet {purpose}".encode(), "sha256")
    return hmac.new(derived, octets, "sha256").hexdigest()

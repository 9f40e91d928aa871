# SPDX-License-Identifier: GPL-3.0-or-later
"""Which address a peer of the fleet sees us come from: asked at its port 25, as mail goes.

Exim, Sendmail and Exchange name the client in their answer to EHLO. Postfix does where its
``smtpd_reject_footer`` holds ``$client_address``: then in the answer to a command it does not know.
"""

from __future__ import annotations

import re
import smtplib
from ipaddress import IPv4Address, IPv6Address

from ..judge.addresses import parse

SECONDS = 5.0
PORT = 25
_WORD = re.compile(r"[0-9A-Fa-f:.]{3,45}")
ASKING = "XWHOAMI"  # no server knows it, and the refusal is what counts


def seen_by(
    peer: IPv4Address | IPv6Address, *, port: int = PORT, seconds: float = SECONDS
) -> str | None:
    """Return our address as the peer tells it, None if it does not answer or does not say."""
    try:
        with smtplib.SMTP(str(peer), port, timeout=seconds) as talk:
            replies = [talk.ehlo()[1], talk.docmd(ASKING)[1]]
    except (OSError, smtplib.SMTPException):
        return None
    return _address(b" ".join(replies).decode("ascii", "replace"), peer)


def _address(text: str, peer: IPv4Address | IPv6Address) -> str | None:
    for word in _WORD.findall(text):
        try:
            address = parse(word.removeprefix("IPv6:").strip("."))
        except ValueError:
            continue
        if address.version == peer.version and address != peer:
            return str(address)
    return None

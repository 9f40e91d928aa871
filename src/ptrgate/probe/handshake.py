# SPDX-License-Identifier: GPL-3.0-or-later
"""One finished TLS handshake behind STARTTLS, and what is expected of it."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from .dialogue import NoHandshake
from .result import Check, Set
from .target import Target, Visits


@dataclass(frozen=True, slots=True)
class Shaken:
    """One handshake that was finished, and a session that went on behind it; or ``error``."""

    protocol: str = ""
    cipher: str = ""
    certificate: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict)
    error: ssl.SSLError | None = None


def shake(visits: Visits, context: ssl.SSLContext, name: str) -> Shaken:
    """Say STARTTLS, finish the handshake and say EHLO again; Broken where it cannot be asked."""
    try:
        with visits.session() as session:
            secured = session.dialogue.start_tls(context, name)
            session.ehlo()
            cipher = secured.cipher() or ("", "", 0)
            return Shaken(
                secured.version() or "",
                cipher[0],
                secured.getpeercert(binary_form=True) or b"",
                dict(secured.getpeercert() or {}),
            )
    except NoHandshake as error:
        return Shaken(error=error.error)


def trusting_anybody() -> ssl.SSLContext:
    """Return a context that encrypts and believes whatever certificate comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def check(target: Target, name: str, expected: str, change: str) -> Check:
    """Return a check of the set TLS."""
    return Check(Set.TLS, name, "STARTTLS", expected, change, target.where)

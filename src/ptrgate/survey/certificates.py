# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates this host shows: asked of whoever listens, not read from files.

A renewed file that nobody has read yet is what this is for. A host may have two, so each kind of
key is asked for, which only TLS 1.2 lets a client do.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import validity

SECONDS = 10.0
LOOPBACK = "127.0.0.1"
STARTTLS, TLS = True, False
# service -> port, and how TLS begins there
SERVICES: Mapping[str, tuple[int, bool]] = {
    "smtp": (25, STARTTLS),
    "submission": (587, STARTTLS),
    "submissions": (465, TLS),
    "page": (443, TLS),
}
KINDS: Mapping[str, str] = {"ECDSA": "ECDHE+aECDSA:@SECLEVEL=0", "RSA": "aRSA:@SECLEVEL=0"}
NONE = "none"


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a service shows: the kind of its key, its end (Unix time).

    A service that offers TLS and comes to no handshake shows `NONE`, whose end is 0.
    """

    service: str
    kind: str
    ends: int


def shown(services: Mapping[str, tuple[int, bool]] = SERVICES) -> Iterator[Shown]:
    """Ask each service that listens on loopback; who offers no TLS shows nothing."""
    for service, (port, starts) in services.items():
        try:
            seen = {kind: _ends(port, starts, ciphers) for kind, ciphers in KINDS.items()}
        except (OSError, smtplib.SMTPException):
            continue  # nobody listens, or not with TLS: that is another alert's business
        found = [Shown(service, kind, end) for kind, end in seen.items() if end]
        yield from found or [Shown(service, NONE, 0)]


def _ends(port: int, starts: bool, ciphers: str) -> int:
    """Return the end of the certificate shown, 0 if none of this kind is. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whatever it is
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    try:
        octets = _by_smtp(port, context) if starts else _at_once(port, context)
        return validity.ends(octets or b"")
    except (ssl.SSLError, ConnectionResetError, ValueError):
        return 0


def _at_once(port: int, context: ssl.SSLContext) -> bytes | None:
    with (
        socket.create_connection((LOOPBACK, port), SECONDS) as stream,
        context.wrap_socket(stream) as secured,
    ):
        return secured.getpeercert(binary_form=True)


def _by_smtp(port: int, context: ssl.SSLContext) -> bytes | None:
    with smtplib.SMTP(LOOPBACK, port, "localhost", SECONDS) as smtp:
        smtp.starttls(context=context)
        assert isinstance(smtp.sock, ssl.SSLSocket)  # noqa: S101 - starttls made it one
        return smtp.sock.getpeercert(binary_form=True)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished TLS handshakes: protocol and cipher, the certificate, and that old protocols fail."""

import ssl
import warnings
from collections.abc import Iterator
from dataclasses import replace

from .certificate import certificate
from .dialogue import Broken, HungUp, NotStarted
from .handshake import Shaken, check, shake, trusting_anybody
from .result import Result
from .target import Target, Visits

OLD = ((ssl.TLSVersion.TLSv1, "TLS 1.0"), (ssl.TLSVersion.TLSv1_1, "TLS 1.1"))
PROTOCOLS = "smtpd_tls_protocols = >=TLSv1.2"
CIPHERS = "smtpd_tls_ciphers, tls_high_cipherlist: ECDHE with AES-GCM or CHACHA20"
KEYS = "smtpd_tls_chain_files, smtpd_tls_cert_file, smtpd_tls_key_file: Postfix cannot use them"
BROKEN = "this protocol is broken"
# OpenSSL's words for an old protocol that failed here and not there: then nothing was tried.
_OURS = frozenset({"NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE", "LIBRARY_HAS_NO_CIPHERS"})


def tls(visits: Visits) -> Iterator[Result]:
    """Shake hands freely, for the certificate's sake, and with protocols that must fail."""
    target = visits.target
    starttls = check(target, "STARTTLS", "offered", "smtpd_tls_security_level = may")
    try:
        with visits.session() as session:
            offered, name = session.offers("STARTTLS"), target.name or session.server
        if not offered:
            yield starttls.bad("not offered", "mail can be read on the way")
            return
        free = shake(visits, trusting_anybody(), name)
        yield from _agreed(target, free)
        if free.error is None:
            yield from certificate(visits, free.certificate, name)
            yield from (
                _old(visits, version, words) for version, words in OLD if not target.old_tls
            )
    except NotStarted as error:
        yield replace(starttls, change=KEYS).bad(str(error), "TLS is offered and not given")
    except Broken as error:
        yield starttls.unknown(str(error))


def _agreed(target: Target, free: Shaken) -> Iterator[Result]:
    if free.error is not None:
        failed = check(target, "handshake", "finished", CIPHERS)
        yield failed.bad(str(free.error.reason or free.error), "nobody can encrypt")
        return
    protocol = check(target, "protocol", "TLS 1.2 or 1.3", PROTOCOLS)
    good = free.protocol in ("TLSv1.2", "TLSv1.3")
    yield protocol.ok(free.protocol) if good else protocol.bad(free.protocol, BROKEN)
    cipher = check(target, "cipher", "ECDHE with AEAD", CIPHERS)
    words = "without forward secrecy or authenticated encryption"
    yield cipher.ok(free.cipher) if _modern(free.cipher) else cipher.bad(free.cipher, words)


def _modern(cipher: str) -> bool:
    aead = any(one in cipher for one in ("GCM", "CHACHA20"))
    return cipher.startswith("TLS_") or (cipher.startswith("ECDHE-") and aead)


def _old(visits: Visits, version: ssl.TLSVersion, words: str) -> Result:
    refused = check(visits.target, f"{words} refused", "no handshake", PROTOCOLS)
    context = trusting_anybody()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        shaken = shake(visits, context, "")
    except HungUp as error:
        return refused.ok(str(error))
    if shaken.error is None:
        return refused.bad(shaken.cipher, BROKEN)
    if shaken.error.reason in _OURS:
        return refused.unknown(f"OpenSSL here cannot speak {words}")
    return refused.ok(str(shaken.error.reason))

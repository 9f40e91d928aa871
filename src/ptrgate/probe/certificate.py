# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of a mail server: its dates, its name, and who vouches for it.

Python tells the dates only of a certificate it trusts, and OpenSSL names one fault at a time. So
the certificate is trusted for itself alone while its dates and its name are looked at, and its
issuer is asked for separately.
"""

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace

from .handshake import check, shake
from .result import Check, Result, Verdict
from .target import Visits

ENOUGH_DAYS = 14
CHANGE = "smtpd_tls_cert_file, smtpd_tls_chain_files: renew it, then `postfix reload`"
NO_PROOF = "it encrypts and proves nothing"


def certificate(visits: Visits, shown: bytes, name: str) -> Iterator[Result]:
    """Look at the certificate ``shown`` (DER) from three sides, a handshake each."""
    yield _dates(visits, _for_itself(shown), name)
    named = _for_itself(shown)
    named.check_hostname = True
    for title, context, expected in (
        ("certificate's name", named, name),
        ("certificate's issuer", _known(visits.target.authorities), "one that is trusted"),
    ):
        found = _matched(visits, context, name, check(visits.target, title, expected, CHANGE))
        if found.verdict is Verdict.BAD and not visits.target.vouched:
            found = replace(found, verdict=Verdict.OK, words=NO_PROOF, change="")
        yield found


def _for_itself(shown: bytes) -> ssl.SSLContext:
    """Return a context that believes this certificate and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=shown)
    return context


def _known(authorities: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if authorities:
        context.load_verify_locations(cafile=authorities)
    else:
        context.load_default_certs()
    return context


def _dates(visits: Visits, context: ssl.SSLContext, name: str) -> Result:
    left = f"at least {ENOUGH_DAYS} days left"
    dates = check(visits.target, "certificate's dates", left, CHANGE)
    shaken = shake(visits, context, name)
    if shaken.error is not None:
        return dates.bad(_fault(shaken.error), "senders that look at it do not deliver")
    ends = ssl.cert_time_to_seconds(shaken.facts["notAfter"])
    days = int((ends - time.time()) // 86400)
    if days < ENOUGH_DAYS:
        return dates.bad(f"{days} days left", "it ends soon")
    return dates.ok(f"{days} days left")


def _matched(visits: Visits, context: ssl.SSLContext, name: str, matched: Check) -> Result:
    shaken = shake(visits, context, name)
    if shaken.error is None:
        return matched.ok(matched.expected)
    return matched.bad(_fault(shaken.error), NO_PROOF)


def _fault(error: ssl.SSLError) -> str:
    return str(getattr(error, "verify_message", "") or error.reason or error)

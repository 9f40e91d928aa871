# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers get at ports 587 and 465, which are for own users: no relaying, no open AUTH."""

from collections.abc import Iterator
from dataclasses import replace

from .dialogue import Broken
from .handshake import trusting_anybody
from .result import Check, Result, Set
from .target import Session, Target, Visits

STARTTLS, WRAPPED = 587, 465  # RFC 6409, RFC 8314
ENCRYPT = "smtpd_tls_security_level = encrypt of the service submission in master.cf"
AUTH = "smtpd_sasl_auth_enable = yes of this service, and what it asks: ptrgate-auth.service"
RELAY = "smtpd_relay_restrictions = permit_sasl_authenticated, reject of this service"


def submission(visits: Visits) -> Iterator[Result]:
    """Ask both ports of the target's address, each in one session."""
    plain = replace(visits.target, port=STARTTLS, client="")
    yield from listener(Visits(plain))
    yield from listener(Visits(replace(plain, port=WRAPPED, tls=trusting_anybody())))


def listener(visits: Visits) -> Iterator[Result]:
    """Ask one port; with ``tls`` in the target, TLS begins at once."""
    target = visits.target
    whole = _check(target, "a session", "TLS, then EHLO", "250", ENCRYPT)
    try:
        with visits.session() as session:
            if target.tls is None:
                yield from _without_tls(session, target)
                session.dialogue.start_tls(trusting_anybody(), target.name)
                session.ehlo()
            yield from _without_password(session, target)
    except Broken as error:
        yield whole.unknown(str(error))


def _without_tls(session: Session, target: Target) -> Iterator[Result]:
    auth = _check(target, "AUTH offered without TLS", "EHLO", "not offered", ENCRYPT)
    there = session.offers("AUTH")
    yield auth.bad("AUTH", "passwords could be read on the way") if there else auth.ok()
    mail = _check(target, "MAIL without TLS", "MAIL FROM:<>", "5xx", ENCRYPT)
    answer = session.dialogue.say("MAIL FROM:<>")
    session.dialogue.say("RSET")
    yield (
        mail.bad(str(answer), "mail is taken in the open") if answer.good else mail.ok(str(answer))
    )


def _without_password(session: Session, target: Target) -> Iterator[Result]:
    auth = _check(target, "AUTH offered with TLS", "EHLO", "offered", AUTH)
    yield auth.ok() if session.offers("AUTH") else auth.bad("not offered", "nobody can log in")
    relay = _check(target, "foreign domain without a password", "RCPT", "5xx", RELAY)
    answer = session.envelope(f"ptrgate-probe@{target.foreign}", f"ptrgate-probe@{target.foreign}")
    if answer.good:
        yield relay.bad(str(answer), "whoever has no password may write to the world")
    elif answer.code < 500:  # noqa: PLR2004 - not refused for good
        yield relay.unknown("the host asks to try again, which refuses nothing", str(answer))
    else:
        yield relay.ok(str(answer))


def _check(target: Target, name: str, sent: str, expected: str, change: str) -> Check:
    return Check(Set.SUBMISSION, name, sent, expected, change, target.where)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and keywords that a stranger must not be offered, and what must answer them."""

from collections.abc import Iterator
from dataclasses import dataclass

from .dialogue import Broken, Reply
from .result import Check, Result, Set
from .target import Session, Target, Visits

NOT_OFFERED = "not offered"
TOLD_NOTHING = "not 250 or 251"
NOT_ACCEPTED = "not accepted"


@dataclass(frozen=True, slots=True)
class Offer:
    """A command and the codes that would be wrong."""

    name: str
    line: str
    wrong: frozenset[int]
    expected: str
    change: str

    def check(self, target: Target) -> Check:
        """Return what is tried."""
        return Check(Set.RELAY, self.name, self.line, self.expected, self.change, target.where)


_NOBODY = "192.0.2.1"  # RFC 5737; with a trusted address a server that believes us would relay
BDAT = Offer(
    "BDAT after a refused recipient",
    "BDAT 0 LAST",
    frozenset(range(200, 400)),
    NOT_ACCEPTED,
    "smtpd_discard_ehlo_keywords (chunking)",
)
_ANY_GOOD = frozenset(range(200, 400))
KEYWORDS = (
    ("XCLIENT", "smtpd_authorized_xclient_hosts (empty on port 25)"),
    ("XFORWARD", "smtpd_authorized_xforward_hosts (empty)"),
    ("AUTH", "smtpd_tls_auth_only = yes, or smtpd_sasl_auth_enable = no"),
)


def commands(target: Target) -> tuple[Offer, ...]:
    """Return the commands to try; the last would change who we are, to nobody in particular."""
    told = frozenset({250, 251})
    etrn = "smtpd_discard_ehlo_keywords (etrn), smtpd_etrn_restrictions = reject"
    return (
        Offer("VRFY", "VRFY postmaster", told, TOLD_NOTHING, "disable_vrfy_command = yes"),
        Offer("EXPN", "EXPN postmaster", told, TOLD_NOTHING, "the server's EXPN: turn it off"),
        *(
            Offer(f"ETRN {domain}", f"ETRN {domain}", _ANY_GOOD, NOT_ACCEPTED, etrn)
            for domain in (target.foreign, *target.domains)
        ),
        Offer("XFORWARD", f"XFORWARD ADDR={_NOBODY}", _ANY_GOOD, NOT_ACCEPTED, KEYWORDS[1][1]),
        Offer("XCLIENT", f"XCLIENT ADDR={_NOBODY}", _ANY_GOOD, NOT_ACCEPTED, KEYWORDS[0][1]),
    )


def offers(visits: Visits) -> Iterator[Result]:
    """Read what is offered, try it all in one session, and BDAT in another."""
    target, table = visits.target, list(commands(visits.target))
    try:
        with visits.session() as session:
            yield from _keywords(session, target)
            while table:
                answer = session.dialogue.say(table[0].line)
                yield _judged(target, table.pop(0), answer)
    except Broken as error:
        for offer in table:
            yield offer.check(target).unknown(str(error))
    yield _bdat(visits)


def _bdat(visits: Visits) -> Result:
    """Say BDAT behind a refused recipient, and only there: nothing may be sent to anybody."""
    check, who = BDAT.check(visits.target), f"ptrgate-probe@{visits.target.foreign}"
    try:
        with visits.session() as session:
            if session.envelope(who, who).good:
                return check.unknown("the recipient was accepted: see the relay forms")
            return _judged(visits.target, BDAT, session.dialogue.say(BDAT.line))
    except Broken as error:
        return check.unknown(str(error))


def _keywords(session: Session, target: Target) -> Iterator[Result]:
    for keyword, change in KEYWORDS:
        name = f"{keyword} offered without TLS"
        check = Check(Set.RELAY, name, "EHLO", NOT_OFFERED, change, target.where)
        there = [one for one in session.keywords if one.startswith(keyword)]
        yield check.bad(there[0], f"a stranger is offered {keyword}") if there else check.ok()


def _judged(target: Target, offer: Offer, answer: Reply) -> Result:
    check = offer.check(target)
    if answer.code in offer.wrong:
        return check.bad(str(answer), "a stranger is obeyed")
    return check.ok(str(answer))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Try every relay form up to RCPT, and every command that a stranger must not be offered.

A host that refuses this client whatever it asks says nothing about relaying, so somebody whom it
must take mail for is tried first. No form gets as far as a message.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from .dialogue import Broken, Reply
from .forms import Form, Way, forms
from .handshake import trusting_anybody
from .letter import TRUE_END, accepted, begin
from .refusal import OF_THE_CLIENT
from .result import Check, Result, Set
from .target import Session, Target, Visits

A_SESSION = 6  # forms; each may cost two errors, and Postfix's own limit is twenty
REFUSED = "5xx"
LEAVING = 421


def relay(visits: Visits) -> Iterator[Result]:
    """Try all forms, a few a session, once it is known whether the host takes any mail from us."""
    target = visits.target
    try:
        with visits.session() as session:
            known = bool(accepted(session, target, f"ptrgate-probe@{target.foreign}"))
            table = forms(
                server=session.server,
                literal=_literal(target.address),
                foreign=target.foreign,
                domains=target.domains,
            )
    except Broken as error:
        yield Check(Set.RELAY, "relay forms", "RCPT", REFUSED, "", target.where).unknown(str(error))
        return
    plain = [form for form in table if form.way is Way.PLAIN]
    batches = [plain[first : first + A_SESSION] for first in range(0, len(plain), A_SESSION)]
    batches += [[form] for form in table if form.way is not Way.PLAIN]
    for batch in batches:
        for form, answer in _tried(visits, batch):
            yield _judged(target, form, answer, known=known)


def _literal(address: str) -> str:
    mapped = getattr(ip_address(address), "ipv4_mapped", None)
    return f"[{mapped or address}]" if mapped or ":" not in address else f"[IPv6:{address}]"


def _tried(visits: Visits, batch: list[Form]) -> Iterator[tuple[Form, Reply | Broken]]:
    """Try some forms in one session; what it breaks off before is tried in another, once each."""
    left = list(batch)
    while left:
        answers = _session(visits, left)
        yield from zip(left, answers, strict=False)
        left = left[len(answers) :]


def _session(visits: Visits, left: list[Form]) -> list[Reply | Broken]:
    """Return the answers to the first forms, to one at least."""
    answers: list[Reply | Broken] = []
    begun = 0
    try:
        with visits.session() as session:
            for begun, form in enumerate(left, 1):  # noqa: B007 - which one broke is asked below
                answer = _try(session, visits.target, form)
                if answers and answer.code == LEAVING:
                    return answers
                answers.append(answer)
                session.dialogue.say("RSET")
    except Broken as error:
        if not begun:
            return [error] * len(left)
        answers += [error] * (begun - len(answers))
    return answers


def _try(session: Session, target: Target, form: Form) -> Reply:
    if form.way is Way.TLS:
        session.dialogue.start_tls(trusting_anybody(), "")
        session.ehlo()
    elif form.way is Way.RESET:
        session.envelope(form.sender, form.recipient)
        session.dialogue.say("RSET")
    elif form.way is Way.SECOND:
        begin(session, target, form.name)
        session.dialogue.send(TRUE_END)
        session.dialogue.hear()
    return session.envelope(form.sender, form.recipient)


def _judged(target: Target, form: Form, answer: Reply | Broken, *, known: bool) -> Result:
    check = Check(Set.RELAY, form.name, form.sent, REFUSED, form.change, target.where)
    if isinstance(answer, Broken):
        return check.unknown(str(answer))
    got = str(answer)
    if answer.good:
        return check.bad(got, "the host takes mail for a domain that is not its own")
    if answer.code < 500:  # noqa: PLR2004 - not refused for good
        return check.unknown("the host asks to try again, which refuses nothing", got)
    if OF_THE_CLIENT.search(answer.text):
        words = "the host refuses this client, whomever it writes to; ask from another address"
        return check.unknown(words, got)
    if not known:
        words = "the host refused even its postmaster, so this refusal says nothing of relaying"
        return check.unknown(words, got)
    return check.ok(got)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host says to a client without honest reverse DNS, and whether that keeps its promises.

An ordinary client hears what the host thinks of the client's own address; the host itself can speak
for any address (``Target.client``) and knows what must be said (``Told``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..judge.refusal import MAX_LINE, MAX_WORDS
from .dialogue import Broken, HungUp, Reply
from .result import Check, Result, Set
from .target import Session, Visits

FORM = f"nothing, or one line, at most {MAX_WORDS} octets and a URL, 5.7.25 or 5.7.1"
REACHED = "250 (RFC 5321 section 4.5.1)"
CLOSED = "421, and the connection is closed"
ENHANCED = re.compile(r"[45]\.7\.(25|1)")
UNKNOWN_RECIPIENT = re.compile(r"[45]\.1\.[123]")
# what our hosts and others say of the client itself, whomever it writes to
OF_THE_CLIENT = re.compile(
    r"reverse DNS|lead back|dynamic line|client host rejected", re.IGNORECASE
)
URL = re.compile(r"https?://")
REACHABLE = "engine_reachable_domains, engine_refuse_at: rcpt, ptrgate_contact"
POLICY = "engine_mode, engine_actions, smtpd_milters: `ptrgate config --check`, site.yml"


@dataclass(frozen=True, slots=True)
class Told:
    """What the policy says must be answered: ``sentence`` is the reply up to its URL, or "" for
    none; ``reachable`` is whether postmaster must be."""

    finding: str
    sentence: str
    reachable: bool = True


def refusal(visits: Visits, told: Told | None = None) -> Iterator[Result]:
    """Ask for an ordinary recipient, for postmaster, and, if refused, for another message."""
    target = visits.target
    sender = f"ptrgate-probe@{target.foreign}"
    who = told.finding if told else "this client"
    expected = FORM if told is None else told.sentence or "250: this client is not refused"
    check = Check(Set.REFUSAL, f"refusal of {who}", "RCPT", expected, POLICY, target.where)
    try:
        with visits.session() as session:
            recipient = target.recipient or f"root@{session.server}"
            check = replace(check, sent=f"RCPT TO:<{recipient}>")
            reply = session.envelope(sender, recipient)
            again = _again(session, sender, reply)
    except Broken as error:
        yield check.unknown(str(error))
        return
    yield _judged(check, reply, told)
    if again:
        yield _goodbye(check, who, again)
    if told is None or told.reachable:
        yield _postmaster(visits, who, sender)


def faults(reply: Reply) -> list[str]:
    """Say what of a refusal's form is not as promised; nothing if all is well."""
    line = str(reply)
    words, _, url = line.rpartition(" ") if URL.search(line) else (line, "", "")
    checks = (
        (len(reply.lines) == 1, f"it has {len(reply.lines)} lines, not one"),
        (reply.code in (451, 521, 550), f"its code is {reply.code}, not 550, 521 or 451"),
        (
            bool(ENHANCED.fullmatch(reply.enhanced)),
            f"its enhanced code is {reply.enhanced or 'missing'}, not x.7.25 or x.7.1",
        ),
        (reply.enhanced[:1] in ("", line[:1]), "its two codes begin with different digits"),
        (line.isascii() and line.isprintable(), "it is not printable ASCII"),
        (len(words) <= MAX_WORDS, f"it has {len(words)} octets without its URL, over {MAX_WORDS}"),
        (len(line) <= MAX_LINE, f"it has {len(line)} octets, over {MAX_LINE}"),
        (bool(url), "it has no URL, so nobody learns from it what to do"),
        (not url or bool(URL.match(url)), "something follows its URL"),
    )
    return [fault for good, fault in checks if not good]


def _is_refusal(reply: Reply) -> bool:
    """Tell whether the reply is about the client, and not about recipient or relaying."""
    return not reply.good and bool(OF_THE_CLIENT.search(reply.text))


def _judged(check: Check, reply: Reply, told: Told | None) -> Result:
    got = str(reply)
    if UNKNOWN_RECIPIENT.match(reply.enhanced):
        words = "there is no such recipient: --recipient names one, to see the refusal"
        return check.unknown(words, got) if told else check.ok(got, words)
    if told and reply.code // 100 == 4 and not _is_refusal(reply):  # noqa: PLR2004 - to try again
        return check.unknown("the host asks to try again: its milter did not answer in time", got)
    if told and not got.startswith(told.sentence or "2"):
        return check.bad(got, "port and policy do not agree about this client")
    if _is_refusal(reply) and (wrong := faults(reply)):
        return check.bad(got, "; ".join(wrong))
    words = "this client is refused" if _is_refusal(reply) else "nothing is said of this client"
    return check.ok(got, words)


def _again(session: Session, sender: str, reply: Reply) -> str:
    """Begin another message after a refused one; return what came, and whether it was the end.

    Nothing where that is not promised: after an accepted recipient, or where MAIL was refused.
    """
    if reply.code not in (451, 550) or not _is_refusal(reply):
        return ""
    session.dialogue.say("RSET")
    answer = session.dialogue.say(f"MAIL FROM:<{sender}>")
    try:
        return f"{answer}, then {session.dialogue.say('NOOP')}"
    except HungUp:
        return f"{answer} (closed)"


def _goodbye(first: Check, who: str, again: str) -> Result:
    name = f"next message after refusal of {who}"
    check = replace(first, name=name, sent="RSET; MAIL; NOOP", expected=CLOSED)
    if again.startswith("421 ") and again.endswith("(closed)"):
        return check.ok(again)
    return check.bad(again, "a refused client may go on and on")


def _postmaster(visits: Visits, who: str, sender: str) -> Result:
    target, name = visits.target, f"postmaster in spite of refusal of {who}"
    check = Check(Set.REFUSAL, name, "RCPT TO:<postmaster>", REACHED, REACHABLE, target.where)
    replies = []
    try:
        with visits.session() as session:
            for domain in ("", *(f"@{one}" for one in target.domains)):
                session.dialogue.say("RSET")
                replies.append(session.envelope(sender, f"postmaster{domain}"))
    except Broken as error:
        return check.unknown(str(error))
    # A next hop that cannot be asked now defers its own postmaster, whoever writes.
    waits = [one for one in replies[1:] if one.code < 500 and not _is_refusal(one)]  # noqa: PLR2004
    refused = [one for one in replies if not one.good and one not in waits]
    if not refused:
        return check.ok(str(replies[0]))
    words = "nobody can tell the postmaster that his mail is refused"
    if refused[0].code < 500:  # noqa: PLR2004 - not refused for good
        return check.unknown(words, str(refused[0]))
    return check.bad(str(refused[0]), words)

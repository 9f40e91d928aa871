# SPDX-License-Identifier: GPL-3.0-or-later
"""Nine octet sequences that are no end of data, and must not be taken for one.

Nothing is smuggled: the probe says nothing behind the false end that could be a command, and hangs
up before the true one, so a host that is right has received no message. Who takes the false end
for an end answers it, and its answer is the finding.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from .dialogue import Broken, Reply, Silent
from .letter import TRUE_END, begin
from .result import Check, Result, Set
from .target import Session, Target, Visits

FALSE_ENDS = (
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r\n.\r\r\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\n.\r",
    b"\r\n\0.\r\n",
)
AT_ONCE = 3  # sessions side by side: most of the time is waiting for an answer that must not come
LEAST_WAIT, MOST_WAIT = 2.0, 15.0
IGNORED = "no answer: the message goes on"
CHANGE = "smtpd_forbid_bare_newline = normalize, or a newer Postfix"


def smuggling(visits: Visits) -> Iterator[Result]:
    """Time the answer to a true end, then wait longer than that for one to each false end."""
    began = time.monotonic()
    try:
        with visits.session() as session:
            begin(session, visits.target, "true end of data")
            session.dialogue.send(TRUE_END)
            answer = session.dialogue.hear()
    except Broken as error:
        for end in FALSE_ENDS:
            yield _check(visits.target, end).unknown(str(error))
        return
    wait = min(LEAST_WAIT + 3 * (time.monotonic() - began), MOST_WAIT)
    true = Check(Set.SMUGGLING, "true end of data", shown(TRUE_END), "an answer")
    yield replace(true, where=visits.target.where).ok(str(answer))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda end: _tried(visits, end, wait), FALSE_ENDS)


def shown(end: bytes) -> str:
    """Return a sequence in words: <CR><LF>.<CR><LF>."""
    return end.decode().replace("\r", "<CR>").replace("\n", "<LF>").replace("\0", "<NUL>")


def _tried(visits: Visits, end: bytes, wait: float) -> Result:
    check = _check(visits.target, end)
    try:
        with visits.session() as session:
            begin(session, visits.target, shown(end))
            session.dialogue.send(end)
            answer = _answer(session, wait)
            if answer is None:
                session.dialogue.abandon()
                return check.ok()
            if answer.good or _listens(session):
                words = "this is taken for the end of a message, and what follows for commands"
                return check.bad(str(answer), words)
            return check.ok(str(answer), "the host refused it and hung up")
    except Broken as error:
        return check.unknown(str(error))


def _answer(session: Session, wait: float) -> Reply | None:
    """Listen for an answer; with more of the message too, for an end may be seen only then."""
    for more in (b"", b"and so it goes on"):
        session.dialogue.send(more)
        with suppress(Silent):
            return session.dialogue.hear(wait / 2)
    return None


def _listens(session: Session) -> bool:
    """Tell whether the host reads commands again, which it does only behind an end of data."""
    try:
        return session.dialogue.say("NOOP").code != 421  # noqa: PLR2004 - it is leaving
    except Broken:
        return False


def _check(target: Target, end: bytes) -> Check:
    name = f"false end of data {shown(end)}"
    return Check(Set.SMUGGLING, name, shown(end), IGNORED, CHANGE, target.where)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The one message of the probe: marked as what it is, and made to be refused at its end.

It claims to have passed more hosts than any server lets pass (Postfix 50, sendmail 25, Exim 30),
so whoever takes its end for an end answers at once "too many hops" and delivers nothing.
"""

from .target import Refused, Session, Target

HOPS = 110
_HOP = "Received: from probe by probe; Thu, 01 Jan 1970 00:00:00 +0000"
TRUE_END = b"\r\n.\r\n"


def letter(target: Target, name: str) -> bytes:
    """Return the message of one check, without the end of data and the line end before it."""
    address = f"ptrgate-probe@{target.foreign}"
    return "\r\n".join(
        (
            *([_HOP] * HOPS),
            f"From: <{address}>",
            f"Subject: ptrgate probe, {name}: nobody need do anything",
            "",
            "A test of this mail server by `ptrgate probe`; it can be thrown away.",
            "It should have been refused for its many Received: lines.",
        )
    ).encode("ascii", "replace")


def accepted(session: Session, target: Target, sender: str) -> str:
    """Return a recipient whom the host takes mail for from anybody, its transaction open; or ""."""
    names = dict.fromkeys((*target.domains, session.server))
    mailboxes = [target.recipient, "postmaster", *(f"postmaster@{name}" for name in names)]
    for recipient in filter(None, mailboxes):
        if session.envelope(sender, recipient).good:
            return recipient
        session.dialogue.say("RSET")
    return ""


def begin(session: Session, target: Target, name: str) -> None:
    """Send the message of one check, all but its end; raise Refused where that is not wanted."""
    if not accepted(session, target, f"ptrgate-probe@{target.foreign}"):
        raise Refused("the host takes no mail from this client, not even for its postmaster")
    answer = session.dialogue.say("DATA")
    if answer.code != 354:  # noqa: PLR2004 - RFC 5321 section 4.1.1.4
        raise Refused(f"DATA is answered {answer}")
    session.dialogue.send(letter(target, name))

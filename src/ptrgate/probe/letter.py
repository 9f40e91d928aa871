# SPDX-License-Identifier: GPL-3.0-or-later
"""The one message of the probe: marked as what it is, and made to be refused at its end.

It claims to have passed more hosts than any server lets pass (Postfix 50, sendmail 25, Exim 30),
so whoever takes its end for an end answers at once "too many hops" and delivers nothing.
"""

from .target import Target

HOPS = 110
_HOP = "Received: from probe by probe; Thu, 01 Jan 1970 00:00:00 +0000"


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

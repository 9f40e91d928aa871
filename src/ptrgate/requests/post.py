# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands a letter to the host's own Postfix: it leaves as all mail does, by the gate."""

from __future__ import annotations

import smtplib

SECONDS = 10.0
PORT = 25


def post(relay: str, host: str, to: str, letter: bytes, port: int = PORT) -> None:
    """Send it without a sender, so that nothing ever comes back. Raises OSError."""
    with smtplib.SMTP(relay, port, local_hostname=host, timeout=SECONDS) as server:
        server.sendmail("", [to], letter)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Be a client of the appliance until it is answered so, and print when (Unix time), or `never`.

Runs on the appliance, through its listener for XCLIENT: watch.py RECIPIENT ADDRESS CODE SECONDS
"""

import smtplib
import sys
import time


def told(recipient: str, address: str) -> int:
    """Return the code of the reply to RCPT."""
    with smtplib.SMTP("127.0.0.1", 10026, timeout=30) as server:
        server.ehlo("lab")
        server.docmd("XCLIENT", f"ADDR={address}")
        server.ehlo("lab")
        server.mail("sharing@senders.example")
        return server.rcpt(recipient)[0]


def main(recipient: str, address: str, code: str, seconds: str) -> str:
    """Ask again and again."""
    ends = time.monotonic() + float(seconds)
    while time.monotonic() < ends:
        if told(recipient, address) == int(code):
            return str(time.time())
        time.sleep(0.1)
    return "never"


sys.stdout.write(main(*sys.argv[1:]))

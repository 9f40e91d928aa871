# SPDX-License-Identifier: GPL-3.0-or-later
"""Be some clients of the appliance, all at once, and print what each was told at RCPT as JSON.

Runs on the appliance, through its listener for XCLIENT: strangers.py RECIPIENT ADDRESS ...
"""

import json
import smtplib
import sys
from concurrent.futures import ThreadPoolExecutor


def told(recipient: str, address: str) -> tuple[str, str]:
    """Return the address and the reply to RCPT."""
    with smtplib.SMTP("127.0.0.1", 10026, timeout=30) as server:
        server.ehlo("lab")
        server.docmd("XCLIENT", f"ADDR={'IPV6:' * (':' in address)}{address}")
        server.ehlo("lab")
        server.mail("breaker@senders.example")
        code, words = server.rcpt(recipient)
    return address, f"{code} {words.decode()}"


with ThreadPoolExecutor(8) as crowd:
    json.dump(list(crowd.map(lambda one: told(sys.argv[1], one), sys.argv[2:])), sys.stdout)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one message, its octets as they are, from an address of ours: send.py SOURCE TARGET SENDER RECIPIENT MESSAGE.

Runs on the lab host `internet`, and prints the last reply.
"""  # noqa: E501 - the usage

import smtplib
import sys

source, target, sender, recipient, message = sys.argv[1:]
server = smtplib.SMTP(target, 25, "client.senders.example", 60, (source, 0))
server.ehlo()
code, words = server.mail(sender)
code, words = server.rcpt(recipient) if code < 400 else (code, words)
code, words = server.data(message) if code < 400 else (code, words)
sys.stdout.write(f"{code} {words.decode()}\n")

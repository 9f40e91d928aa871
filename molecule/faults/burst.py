# SPDX-License-Identifier: GPL-3.0-or-later
"""Be many SMTP clients at once, and print what each was told, as JSON.

Runs on the lab host `internet`; takes a list of letters on standard input, each with `identity`,
`source`, `target`, `sender`, `recipient` and `waits`: whether the client adds a line to the file
HELD and says its RCPT when that is gone. Adds `code` and `words` of the last reply (0 where the
connection was lost or refused) and `seconds`, the longest wait for one reply.
"""

import contextlib
import json
import smtplib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

AT_ONCE = 40
PATIENCE = 100
HELD = Path("/run/burst.held")


class Client:
    """One client; counts how long it had to wait."""

    def __init__(self):
        self.server = smtplib.SMTP(timeout=PATIENCE)
        self.code, self.words, self.seconds = 0, "", 0.0

    def ask(self, command, *arguments):
        """Wait for one reply; tell whether to go on."""
        began = time.monotonic()
        self.code = 0
        try:
            self.code, words = command(*arguments)
            self.words = words.decode("ascii", "replace")
        except (OSError, smtplib.SMTPException) as error:
            self.words = repr(error)
        self.seconds = max(self.seconds, time.monotonic() - began)
        return 0 < self.code < 400


def deliver(letter):
    """Try to deliver one letter, once."""
    client = Client()
    server = client.server
    server._host = letter["target"]
    text = "Message-ID: <{identity}>\nSubject: {identity}\n\nhello\n".format(**letter)
    if (
        client.ask(server.connect, letter["target"], 25, (letter["source"], 0))
        and client.ask(server.ehlo, "client.senders.example")
        and client.ask(server.mail, letter["sender"])
    ):
        if letter["waits"]:
            wait()
        if client.ask(server.rcpt, letter["recipient"]):
            client.ask(data, server, text)
    told = {"code": client.code, "words": client.words, "seconds": round(client.seconds, 1)}
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.quit()
    return letter | told


def wait():
    """Say that this client is ready; wait until all may go on."""
    with HELD.open("a") as held:
        held.write("ready\n")
    end = time.monotonic() + PATIENCE
    while HELD.exists() and time.monotonic() < end:
        time.sleep(0.05)


def data(server, text):
    """Say DATA and the text; a 5xx or 4xx to DATA is its reply."""
    try:
        return server.data(text)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, error.smtp_error


def main():
    """Deliver all, many at once."""
    letters = json.load(sys.stdin)
    with ThreadPoolExecutor(AT_ONCE) as clients:
        json.dump(list(clients.map(deliver, letters)), sys.stdout)


main()

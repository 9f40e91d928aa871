# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of ours, somewhere on the Internet, and what became of what he submitted."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path

import pytest

from lab.mail import ROOT, inside

SUBMIT = Path(__file__).parents[1] / "submit.py"
# An address without PTR: port 25 refuses it.
CLIENT = "198.51.100.20"
FORGET = (
    "import sqlite3; one = sqlite3.connect('/var/lib/ptrgate-limit/counted.sqlite3');"
    " one.execute('DELETE FROM mail_count'); one.commit()"
)


@pytest.fixture(scope="session")
def login():
    """Return the function that gives a user's name and password."""
    word = (ROOT / "build/lab/password").read_text().split()[0]
    return lambda name: f"{name}:{word}-{name.partition('@')[0]}"


@pytest.fixture
def submit(host):
    """Return the function that submits from ``CLIENT``; replies after the greeting."""
    addresses = host.check_output("hostname -I").split()

    def dialogue(*lines, port=587, tls="starttls", user="", source=CLIENT):
        target = next(one for one in addresses if (":" in one) == (":" in source))
        words = [source, target, str(port), tls, user, *lines]
        said = inside("internet", "python3", "-", *words, words=SUBMIT.read_text())
        return [reply for _, reply in json.loads(said)][1:]

    return dialogue


@pytest.fixture
def token():
    """Return a subject that no message had before."""
    return f"submitted-{uuid.uuid4().hex}"


@pytest.fixture
def arrived():
    """Return the function that waits for a message in the mailboxes of a lab host, and reads it."""

    def found(where, token, seconds=30):
        ends = time.monotonic() + seconds
        script = f"grep -rl 'Subject: {token}' /var/mail/lab | head -1 | xargs -r cat"
        while not (text := inside(where, "sh", "-c", script)) and time.monotonic() < ends:
            time.sleep(0.3)
        return text[text.rfind("\nReceived: from mx-") :] if text else ""

    return found


@pytest.fixture
def judged(host):
    """Return the function that gives the milter's lines on the client, once so many are there."""

    def lines(least=0):
        ends = time.monotonic() + 20
        while True:
            said = host.run("journalctl -u ptrgate-milter -o cat --grep 'address=%s '", CLIENT)
            found = said.stdout.splitlines()
            if len(found) >= least or time.monotonic() > ends:
                return found
            time.sleep(0.2)

    return lines


@pytest.fixture
def nothing_counted(host):
    """Nobody has written to anybody, before and after."""
    host.check_output("python3 -c %s", FORGET)
    yield
    host.check_output("python3 -c %s", FORGET)

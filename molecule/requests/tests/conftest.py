# SPDX-License-Identifier: GPL-3.0-or-later
"""A sender whom an appliance refuses, his browser and his mailbox."""

import json
import time
from email import message_from_string, policy
from pathlib import Path

import pytest

from lab import mail

DIALOGUE = Path(__file__).parents[2] / "refusals/dialogue.py"
SENDER = "198.51.100.219"  # nobody gave it a PTR record
MAILBOX = "admin@destination.example"
INBOX = f"{mail.MAILBOXES}/destination.example"
FETCH = """
import json, sys, urllib.request, urllib.error
url, name, form = sys.argv[1:]
asked = urllib.request.Request(url, form.encode() or None, {"Host": name})
try:
    answer = urllib.request.urlopen(asked, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
print(json.dumps([answer.status, answer.read().decode()]))
"""


def until(condition, seconds=90):
    """Wait until the condition holds; return what it said last."""
    ends = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < ends:
        time.sleep(0.5)
    return said


class Story:
    """One appliance, and a sender whom it refuses."""

    sender, mailbox = SENDER, MAILBOX
    until = staticmethod(until)

    def __init__(self, host):
        self.host = host
        self.domain = host.check_output("hostname").removeprefix("mx-") + ".example"
        ours = host.check_output("hostname -I").split()
        self.address = next(one for one in ours if ":" not in one)

    def say(self):
        """Send a mail; return the reply to RCPT."""
        words = ("MAIL FROM:<somebody@senders.example>", f"RCPT TO:<user@{self.domain}>", "QUIT")
        script = DIALOGUE.read_text()
        there = ("python3", "-", SENDER, self.address, *words)
        return json.loads(mail.inside("internet", *there, words=script))[-2][1]

    def browse(self, path, form="", wanted=200):
        """Open a page from outside, again while there are too many at once; return its text."""
        url = f"http://{self.address}{path}"
        there = ("python3", "-c", FETCH, url, "help.company.example", form)

        def opened():
            status, text = json.loads(mail.inside("internet", *there))
            return text if status == wanted else None

        return until(opened)

    def letters(self, about):
        """Return the texts of the letters about ``about`` in the sender's mailbox."""
        found = mail.inside("internet", "sh", "-c", f"cat {INBOX}/new/* 2>/dev/null || true")
        parts = [f"Return-Path: {one}" for one in found.split("Return-Path: ")[1:]]
        read = [message_from_string(one, policy=policy.default) for one in parts]
        return [one.get_content() for one in read if about in one["Subject"]]

    def requests(self, *order):
        return self.host.check_output(" ".join(["ptrgate requests", *order]))


@pytest.fixture
def story(host):
    """The story; afterwards the appliance knows nothing of it."""
    mail.inside("internet", "sh", "-c", f"rm -rf {INBOX}")
    yield Story(host)
    host.run(f"ptrgate exempt remove {SENDER.replace('.', '-')}")
    host.run("rm -f /var/lib/ptrgate/requests/requests.json")
    host.run("systemctl restart ptrgate-requests")
    mail.inside("internet", "sh", "-c", f"rm -rf {INBOX}")

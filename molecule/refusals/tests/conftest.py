# SPDX-License-Identifier: GPL-3.0-or-later
"""One round of mail from every sender, and a way to speak SMTP by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from lab import mail, totals

DIALOGUE = Path(__file__).parent.parent / "dialogue.py"


@pytest.fixture(scope="session", autouse=True)
def marks():
    """Where counters and journal of each appliance stood before anything was done to it."""
    return {host: totals.Mark(host) for host in mail.inventory()["ptrgate"]["hosts"]}


@pytest.fixture(scope="session")
def fates():
    """What became of one mail from every sender to every appliance, by (sender, host)."""
    letters = mail.letters(mail.inventory(), f"refusals{time.time_ns()}")
    mail.clear()
    since = mail.now()
    mail.send(letters)
    mail.watch(letters, since, 45, lambda _: None)
    return {(letter.sender["name"], letter.host): letter for letter in letters}


@pytest.fixture
def say(host):
    """Say SMTP lines to this appliance from ``source``; the replies, line by line."""
    address = host.check_output("hostname -I").split()
    name = host.check_output("hostname")

    def dialogue(source, *lines):
        target = next(one for one in address if (":" in one) == (":" in source))
        script = DIALOGUE.read_text()
        words = mail.inside("internet", "python3", "-", source, target, *lines, words=script)
        return [reply for _, reply in json.loads(words)]

    dialogue.domain = name.removeprefix("mx-") + ".example"
    return dialogue


@pytest.fixture
def journal(host):
    """The appliance's own lines since the test began, as soon as there are so many."""
    mark = totals.Mark(host.check_output("hostname"))  # what came before has left its lines

    def lines(number):
        end = time.monotonic() + 20
        while len(found := totals.lines(mark.host, mark.cursor)) < number:
            assert time.monotonic() < end, found
            time.sleep(0.2)
        return found

    return lines

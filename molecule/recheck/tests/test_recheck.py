# SPDX-License-Identifier: GPL-3.0-or-later
"""Refused, put right, checked on the page, let in: all within seconds, past every cache."""

import json
import time
from pathlib import Path

import pytest

from lab import mail

DIALOGUE = Path(__file__).parents[2] / "refusals/dialogue.py"
SPARE = [f"198.51.100.{last}" for last in range(210, 218)]
KEPT = 50  # seconds for which the appliance's resolver keeps everything meanwhile
FETCH = """
import sys, urllib.request, urllib.error
url, form, name = sys.argv[1:]
asked = urllib.request.Request(url, headers={"Host": name, "Accept": form})
try:
    answer = urllib.request.urlopen(asked, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
"""


def until(condition, seconds=60):
    """Wait until the condition holds; return what it said last."""
    ends = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < ends:
        time.sleep(0.5)
    return said


@pytest.fixture
def named(host):
    """Return the appliance's name and its domain."""
    name = host.check_output("hostname")
    return name, name.removeprefix("mx-") + ".example"


@pytest.fixture
def at(host):
    """The appliance's address."""
    return next(one for one in host.check_output("hostname -I").split() if ":" not in one)


@pytest.fixture
def browse(at):
    """Open a page of this appliance from outside: status and text."""

    def opened(path, form="text/html"):
        words = ("python3", "-c", FETCH, f"http://{at}{path}", form, "help.company.example")
        status, _, text = mail.inside("internet", *words).partition(" ")
        return int(status), text

    return opened


@pytest.fixture
def seen(host):
    """What the appliance finds of an address now."""

    def check(address):
        return json.loads(host.run(f"ptrgate check --json {address}").stdout)

    return check


@pytest.fixture
def forgetful(host):
    """The appliance's resolver keeps every answer much longer than the lab's zones say."""
    host.check_output(f"unbound-control set_option cache-min-ttl: {KEPT}")
    yield
    host.check_output("unbound-control set_option cache-min-ttl: 0")
    host.check_output("unbound-control reload")


@pytest.fixture(scope="session", autouse=True)
def without_ptr():
    """No spare sender has a PTR until it is given back; once, for that takes the lab seconds."""
    mail.inside("dns", "lab-dns", "remove", *SPARE)
    yield
    mail.inside("dns", "lab-dns", "restore", *SPARE)


@pytest.fixture
def sender(seen):
    """A sender that this appliance would refuse; one that passed before it would ask to wait."""

    def refused():
        return next((one for one in SPARE if seen(one)["action"] == "refuse"), None)

    return until(refused)


def say(source, target, *lines):
    script = DIALOGUE.read_text()
    said = mail.inside("internet", "python3", "-", source, target, *lines, words=script)
    return [reply for _, reply in json.loads(said)]


@pytest.mark.usefixtures("forgetful")
def test_who_puts_it_right_is_let_in_at_once(host, sender, at, named, browse):
    letter = ["MAIL FROM:<somebody@senders.example>", f"RCPT TO:<user@{named[1]}>"]
    since = host.check_output("date '+%Y-%m-%d %H:%M:%S'")
    refused = say(sender, at, *letter)[-1]
    assert refused.startswith("550 5.7.25 ")
    page = "/r/" + refused.rpartition("/r/")[2]

    status, before = browse(f"{page}?check=1")
    assert status == 200
    assert "<strong>Not yet.</strong>" in before
    assert "100.51.198.in-addr.arpa" in before

    mail.inside("dns", "lab-dns", "restore", sender)
    status, told = browse(f"{page}?check=1", "application/json")
    check = json.loads(told)["check"]
    assert (status, check["outcome"]) == (200, "passes"), told
    assert check["seen"]["resolver"]["forgot"] is True
    assert say(sender, at, *letter, "DATA", "QUIT")[-2].startswith("250 ")

    lines = [line for line in mail.verdicts(named[0], since) if line["address"] == sender]
    assert [lines[0]["action"], lines[-1]["action"]] == ["refuse", "accept"]


def test_a_visitor_checks_the_address_he_comes_from(browse):
    opened = until(lambda: (found := browse("/?check=1", "text/plain"))[0] == 200 and found)
    assert "internet.company.example" in opened[1]


def test_whoever_asks_too_often_waits_and_the_page_stays(browse):
    assert until(lambda: browse("/?check=")[0] == 429)
    assert browse("/")[0] == 200

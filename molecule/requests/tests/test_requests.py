# SPDX-License-Identifier: GPL-3.0-or-later
"""Refused, asked, confirmed by a real letter, approved, let in; nobody is flooded on the way.

It is off in the lab, as it is by default: switched on for these tests, and off again.
"""

import json

import pytest

from lab import mail
from lab.deployments import deploy

METRICS = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9721/metrics').read().decode())"
)


def switch(*, on):
    """Deploy the page with or without requests."""
    wanted = json.dumps({"helppage_requests": on})
    done = deploy("-e", wanted, "--tags", "helppage", place=mail.ROOT / "build/runs-requests")
    assert done.status == 0, done.output[-3000:]
    return done


@pytest.fixture(scope="module", autouse=True)
def switched_on():
    """It is on meanwhile."""
    switch(on=True)
    yield
    switch(on=False)


def test_from_the_refusal_to_the_mail_that_is_let_in(story):
    refused = story.say()
    assert refused.startswith("550 5.7.25 ")
    page = "/r/" + refused.rpartition("/r/")[2]
    assert f"{page}/exception" in story.browse(page)

    assert story.browse(f"{page}/exception", f"mailbox={story.mailbox}")
    (letter,) = story.until(lambda: story.letters("is this your address?"))
    link = next(line for line in letter.splitlines() if "/exception/" in line)
    link = link.removeprefix("http://help.company.example")
    assert story.browse(link)
    assert story.requests("list") == "Nobody asks for an exception."
    assert story.browse(link, "reason=Two+weeks%2C+%24%28reboot%29")

    (waiting,) = json.loads(story.requests("list", "--json"))["requests"]
    assert (waiting["address"], waiting["mailbox"]) == (story.sender, story.mailbox)
    assert waiting["reason"] == "Two weeks, $(reboot)"
    numbers = story.host.check_output(f'python3 -c "{METRICS}"')
    assert "ptrgate_requests_waiting 1.0" in numbers
    assert story.say().startswith("550 ")

    story.requests("approve", waiting["id"], "--days 1", "--tell")
    assert story.until(lambda: story.say().startswith("250 "))
    assert story.until(lambda: story.letters(f"Your request for an exception for {story.sender}"))
    assert "approved already" in story.browse(link, "reason=again")


def test_a_mailbox_gets_one_letter_however_often_it_is_asked_for(story):
    path = "/r/" + story.say().rpartition("/r/")[2] + "/exception"
    assert story.browse(path, f"mailbox={story.mailbox}")
    assert story.until(lambda: story.letters("is this your address?"))
    again = story.browse(path, f"mailbox={story.mailbox.upper()}", wanted=429)
    assert again
    assert story.until(lambda: len(story.letters("is this your address?")) > 1, seconds=3) is False


def test_who_keeps_the_requests_can_do_little(host):
    said = host.check_output("systemd-analyze security --no-pager ptrgate-requests.service")
    assert float(said.splitlines()[-1].partition(": ")[2].split()[0]) <= 1.5
    assert host.file("/var/lib/ptrgate/requests").mode == 0o750
    assert host.file("/var/lib/ptrgate/requests").user == "ptrgate-requests"


def test_the_page_of_a_stranger_takes_no_form(story):
    assert story.browse("/", "mailbox=x", wanted=403)
    assert story.browse("/r/forged/exception", f"mailbox={story.mailbox}", wanted=404)
    assert story.browse("/no_ptr", "a=b", wanted=403)

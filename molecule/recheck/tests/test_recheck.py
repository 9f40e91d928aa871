# SPDX-License-Identifier: GPL-3.0-or-later
"""Refused, put right, checked on the page, let in: all within seconds, past every cache."""

import html
import json
import time
from pathlib import Path

import pytest

from lab import mail
from ptrgate.judge.words import Finding
from ptrgate.page.text import words

DIALOGUE = Path(__file__).parents[2] / "refusals/dialogue.py"
SPARE = [f"198.51.100.{last}" for last in range(210, 218)]
KEPT = 50  # seconds for which the appliance's resolver keeps everything meanwhile
FETCH = """
import sys, urllib.request, urllib.error
url, form, name, language = sys.argv[1:]
header = {"Host": name, "Accept": form, "Accept-Language": language}
asked = urllib.request.Request(url, headers=header)
try:
    answer = urllib.request.urlopen(asked, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
"""

ODD = """
import http.client, json, sys
at, form, method, path, extra, size = sys.argv[1:]
asked = http.client.HTTPConnection(at, timeout=30)
header = {"Accept": form, "X-Extra": "x" * int(extra)}
asked.request(method, path, "x" * int(size) or None, header)
answer = asked.getresponse()
print(json.dumps([answer.status, answer.getheader("Content-Type"), answer.read().decode()]))
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

    def opened(path, form="text/html", language="en"):
        url, name = f"http://{at}{path}", "help.company.example"
        words = ("python3", "-c", FETCH, url, form, name, language)
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

    def judged():
        lines = mail.verdicts(named[0], since)
        return [line["action"] for line in lines if line["address"] == sender]

    assert until(lambda: judged() == ["refuse", "accept"]), judged()


def test_a_visitor_checks_the_address_he_comes_from(browse):
    opened = until(lambda: (found := browse("/?check=1", "text/plain"))[0] == 200 and found)
    assert "internet.company.example" in opened[1]


def test_whoever_asks_too_often_waits_and_the_page_stays(browse):
    assert until(lambda: browse("/?check=")[0] == 429)
    assert browse("/")[0] == 200


def test_the_page_speaks_the_browsers_language(browse):
    status, text = browse("/no_ptr", language="de-AT,de;q=0.9,en;q=0.5")
    assert (status, '<html lang="de"' in text) == (200, True)
    assert words("de").findings[Finding.NO_PTR].title in html.unescape(text)


# What never reaches the page: nginx answers, in one sentence for people, and as RFC 9457 wants it.
# Few of them are forms, because after the tests above each has to wait for ten seconds.
PEOPLE, PROGRAM = "text/html", "application/json"
NGINX = [
    ("a form where there is none", PROGRAM, ("POST", "/", 0, 9), 403, "for reading only"),
    ("a header of 9000 octets", PEOPLE, ("GET", "/", 9000, 0), 400, "cannot be read"),
    ("the same for a program", PROGRAM, ("GET", "/", 9000, 0), 400, "cannot be read"),
    ("a form too long", PEOPLE, ("POST", "/r/X/exception", 0, 9000), 413, "please write less"),
]


@pytest.mark.parametrize(
    "form, asked, status, says", [r[1:] for r in NGINX], ids=[r[0] for r in NGINX]
)
def test_what_nginx_answers_is_kind_too(at, form, asked, status, says):
    def answer():
        said = mail.inside("internet", "python3", "-c", ODD, at, form, *map(str, asked))
        return (told := json.loads(said))[0] != 429 and told  # a form counts as asking

    got, kind, text = until(answer)
    assert got == status
    if form == PEOPLE:
        assert kind == "text/plain; charset=utf-8"
        assert says in text.splitlines()[0]
        return
    problem = json.loads(text)
    assert (kind, problem["status"]) == ("application/problem+json", status)
    assert says in problem["detail"]
    assert problem["type"].startswith("http")


def test_a_page_that_is_away_says_so_in_both_ways(host, browse):
    host.check_output("systemctl stop ptrgate-page.socket ptrgate-page.service")
    try:
        status, text = browse("/no_ptr")
        told, problem = browse("/no_ptr", "application/json")
    finally:
        host.check_output("systemctl start ptrgate-page.socket")
    assert (status, "away for a moment" in text) == (503, True)
    assert (told, json.loads(problem)["status"]) == (503, 503)
    assert until(lambda: browse("/no_ptr")[0] == 200)


def test_a_minute_of_hostile_requests_takes_nobody_elses_page(host):
    """Straight at the application; the seed that is told repeats it."""
    seed = str(time.time_ns())
    script = (Path(__file__).parents[1] / "fuzz.py").read_text()
    said = json.loads(mail.inside(host.backend.name, "python3", "-", "60", seed, words=script))
    assert said["wrong"] == [], f"seed {seed}: {said}"
    assert said["visits"] > 100


def test_a_flood_from_many_is_bounded_and_the_page_stays(host):
    """Each of a network of its own, so only the limit for all together holds them."""
    script = (Path(__file__).parents[1] / "flood.py").read_text()
    said = json.loads(mail.inside(host.backend.name, "python3", "-", "120", words=script))
    assert set(said["told"]) == {"200", "429"}
    assert said["told"]["429"] > said["told"]["200"]
    assert said["after"] == 200

# SPDX-License-Identifier: GPL-3.0-or-later
"""The same page for programs and terminals: JSON, problem details and plain text, one source."""

import json

import pytest

from ptrgate.diagnosis.remedies import remedy
from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action, Diagnosis, Finding
from tests.unit.desk import ADDRESS, FakeDesk, seen
from tests.unit.page import BASE, KEYS, client

TOKEN = mint(Notice(29_731_000, Finding.NO_PTR, Action.REFUSE, ADDRESS), KEYS)
PAGES = ["/", *(f"/{finding}" for finding in Finding), f"/r/{TOKEN}", f"/r/{TOKEN}?check=1"]


def got(path, accept, told=None):
    browser = client(ask=FakeDesk(told or seen()))
    return browser.get(path, headers={"Accept": accept, "X-Real-IP": "203.0.113.7"})


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain"),
        ("text/plain, application/json;q=0.5", "text/plain"),
        ("image/png", "text/html"),
        ("\u202e,;;=q", "text/html"),
    ],
)
@pytest.mark.parametrize("path", PAGES)
def test_form(path, accept, mimetype):
    answer = got(path, accept.encode("utf-8").decode("latin-1"))
    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    assert "Accept" in answer.headers["Vary"]


def test_a_refusal_for_programs():
    told = json.loads(got(f"/r/{TOKEN}", "application/json").text)
    assert told["refusal"]["address"] == ADDRESS
    assert told["refusal"]["time"] == "2026-07-12T12:40Z"
    assert told["refusal"]["action"] == "refuse"
    assert told["explanation"]["finding"] == "no_ptr"
    assert told["check_url"] == f"{BASE}/r/{TOKEN}?check=1"
    assert told["check"] is None


def test_a_check_for_programs():
    told = json.loads(got(f"/r/{TOKEN}?check=1", "application/json").text)
    assert told["check"]["outcome"] == "fails"
    assert told["check"]["seen"]["contact"] == "hostmaster@isp.example"
    assert told["check"]["provider"]["name"] == "Hetzner"


def test_text_says_whose_the_zone_is_and_what_has_to_stand_there():
    said = got(f"/r/{TOKEN}?check=1", "text/plain").text
    assert "hostmaster@isp.example" in said
    assert "  7.100.51.198.in-addr.arpa. PTR <the name of our mail server>" in said
    assert "  100.51.198.in-addr.arpa: ns1.your-server.de" in said


def test_text_of_the_addresses_around():
    rows = {"range": [{"address": ADDRESS, "finding": "no_ptr", "name": ""}]}
    assert "198.51.100.7  no name" in got(f"/r/{TOKEN}?around=1", "text/plain", rows).text


@pytest.mark.parametrize("path", PAGES)
def test_text_says_the_words_of_the_page_without_marks(path):
    said = got(path, "text/plain").text
    assert "**" not in said
    assert "](" not in said
    assert "postmaster@company.example" in said
    assert all(
        len(line) < 110 or "http" in line or "Relaying" in line for line in said.splitlines()
    )


def test_programs_and_people_read_the_words_of_the_command():
    told = json.loads(got("/no_ptr", "application/json").text)
    words = remedy(Diagnosis.NO_PTR, address="192.0.2.7", name="mx.example.net")
    assert told["explanation"]["causes"][0]["ask"] == words.ask


@pytest.mark.parametrize(
    ("path", "told", "status"),
    [
        ("/r/forged", {}, 404),
        ("/nothing", {}, 404),
        (f"/r/{TOKEN}?check=1", {"wait": 9}, 429),
        (f"/r/{TOKEN}?check=1", {"wait": 0}, 429),
    ],
)
def test_problem_details(path, told, status):
    answer = got(path, "application/json", told)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = json.loads(answer.text)
    assert problem["status"] == status
    assert problem["type"].startswith(BASE)
    assert problem["title"]
    assert problem["detail"]

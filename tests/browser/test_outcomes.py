# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes of a live check, and how an exception is asked for, in a real browser."""

import time

import pytest

from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action, Diagnosis, Finding
from ptrgate.page.markup import plain
from ptrgate.page.petition import MAX_AGE_DAYS
from ptrgate.page.text import LANGUAGES, words
from ptrgate.requests.permit import HOURS, grant
from ptrgate.requests.request import MAX_REASON
from tests.browser.looks import is_above, looked_at, overflow
from tests.unit.desk import ADDRESS, NAMED, SEEN, seen
from tests.unit.page import KEYS

MINUTE = int(time.time()) // 60
SIX = "2001:db8:0:1ff::22"
RESOLVER = SEEN["resolver"]
OK, NONE = Finding.OK.value, Finding.DNS_FAILURE.value
SOON = {"now": False, "accepted": "2026-07-12T12:42:14Z"}
OUTCOMES = [
    ("passes", seen(**NAMED)),
    ("soon", seen(**NAMED | SOON)),
    ("fails", seen()),
    ("unknown", seen(finding=NONE, diagnosis="dns_failure", resolver=RESOLVER | {"finding": NONE})),
    ("doubted", seen(finding=NONE, diagnosis="ok", resolver=RESOLVER | {"finding": NONE})),
    ("split", seen(resolver=RESOLVER | {"finding": OK})),
    ("wait", {"wait": 7}),
    ("busy", {"wait": 0}),
    ("away", {"error": "away"}),
    ("error", {"error": "no name"}),
    ("private", {}),
]


def refused(finding=Finding.NO_PTR, address=ADDRESS, minute=MINUTE):
    return Notice(minute, finding, Action.REFUSE, address)


def path(notice):
    return f"/r/{mint(notice, KEYS)}"


def looked_at_in(language, page, name):
    """Look closely in one language: in the others words differ, and with them what overflows."""
    if language == "en":
        looked_at(page, name)
        return
    page.set_viewport_size({"width": 320, "height": 800})
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 1280, "height": 800})


def said(text):
    """Return what of a sentence is the same whatever was found."""
    known = {"address": ADDRESS, "seconds": 7, "accepted": "12:43"}
    return plain(text.partition("{title}")[0].format_map(known)).strip()


def texts(language):
    """Return the words about exceptions, filled in and without marks."""
    known = {"address": ADDRESS, "mailbox": "admin@sender.example", "hours": HOURS}
    known |= {"most": MAX_REASON, "id": "7K3QZX", "days": 9}
    return {
        key: plain(text.format_map(known | ({"days": MAX_AGE_DAYS} if key == "old" else {})))
        for key, text in words(language).table("exception").items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome, told", OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_every_outcome_for_everybody(opened, desk, language, outcome, told):
    page, _ = opened(language)
    desk.told = told
    address = "10.0.0.7" if outcome == "private" else ADDRESS
    page.goto(f"{path(refused(address=address))}?check=1")
    expected = said(words(language).table("recheck")[outcome]).replace(ADDRESS, address)
    assert expected in page.locator("#result").inner_text()
    assert is_above(page, "#result p")
    looked_at_in(language, page, f"check-{outcome}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_ipv6_without_a_name_for_everybody(opened, desk, language):
    page, _ = opened(language)
    record = "2.2.0.0" + ".0" * 8 + ".f.f.1.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    desk.told = seen(address=SIX, diagnosis="ipv6_without_ptr", record=record, zone=record)
    notice = refused(address=SIX)
    page.goto(path(notice))
    assert SIX in page.locator(".facts").inner_text()
    looked_at_in(language, page, "ipv6")
    page.goto(f"{path(notice)}?check=1")
    remedy = words(language).remedies[Diagnosis.IPV6_WITHOUT_PTR]
    assert page.locator("#now h2").inner_text() == remedy.title
    looked_at_in(language, page, "ipv6-check")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_asks_for_an_exception_types_a_mailbox(opened, asking, errands, language):
    page, asked = opened(language)
    text, errands.told = texts(language), {"sent": True}
    page.goto(asking + path(refused()))
    page.get_by_role("link", name=text["link"]).click()
    assert page.locator("h1").inner_text() == text["title"]
    looked_at_in(language, page, "exception")
    page.get_by_label(text["mailbox"]).fill("jane@company.example")  # ours
    page.get_by_role("button", name=text["send"]).click()
    assert text["ours"] in page.locator("#result").inner_text()
    looked_at_in(language, page, "exception-ours")
    page.get_by_label(text["mailbox"]).fill("admin@sender.example")
    page.get_by_role("button", name=text["send"]).click()
    assert text["sent"] in page.locator("#result").inner_text()
    looked_at_in(language, page, "exception-sent")
    assert all(url.startswith(asking) for url in asked)


ANSWERS = [
    ("taken", {"taken": "7K3QZX", "days": 9}, "Two weeks."),
    ("empty", {}, " "),
    ("waiting", {"known": "waiting"}, "x"),
    ("approved", {"known": "approved"}, "x"),
    ("denied", {"known": "denied"}, "x"),
    ("full", {"full": True}, "x"),
    ("wait", {"wait": 9}, "x"),
    ("away", {"error": "away"}, "x"),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_and_then_says_why(opened, asking, errands, language):
    page, _ = opened(language)
    text = texts(language)
    permit = grant(refused(), "admin@sender.example", KEYS, MINUTE)
    for key, told, reason in ANSWERS:
        errands.told = told
        page.goto(f"{asking}{path(refused())}/exception/{permit}")
        assert page.locator("h1").inner_text() == text["confirm_title"]
        page.get_by_label(text["reason"]).fill(reason)
        page.get_by_role("button", name=text["submit"]).click()
        assert text[key] in page.locator("#result").inner_text()
        looked_at_in(language, page, f"exception-{key}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "key, minute, permit", [("old", MINUTE - 50_000, ""), ("lost", MINUTE, "/x")]
)
def test_where_nothing_can_be_asked_it_is_said(opened, asking, language, key, minute, permit):
    page, _ = opened(language)
    page.goto(f"{asking}{path(refused(minute=minute))}/exception{permit}")
    assert texts(language)[key] in page.locator("#result").inner_text()
    looked_at_in(language, page, f"exception-{key}")

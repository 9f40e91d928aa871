# SPDX-License-Identifier: GPL-3.0-or-later
"""Every refusal's URL leads to a page that explains exactly that refusal."""

import re

import pytest

from ptrgate.judge.finding import Finding
from ptrgate.judge.refusal import reply
from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action
from ptrgate.page.causes import CAUSES, causes
from ptrgate.page.places import UNKNOWN_NAME
from ptrgate.page.text import words
from tests.unit.page import BASE, KEYS, SETTINGS, Reader, client

SPOKEN = [finding for finding in Finding if finding is not Finding.OK]
ADDRESSES = ["198.51.100.7", "2001:db8:0:1ff::1234"]
MINUTE = 29_731_000  # 2026-07-12 12:40 UTC
TOKEN = mint(Notice(MINUTE, Finding.FORGED, Action.REFUSE, ADDRESSES[0]), KEYS)
LOST = [
    "/r/",
    "/r",
    "/nothing",
    "/r/x",
    f"/r/{TOKEN[:-1]}",
    f"/r/{TOKEN}0",
    "/NO_PTR",
    "/%00",
]


@pytest.fixture(scope="module")
def browser():
    return client()


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("action", [Action.REFUSE, Action.DEFER])
@pytest.mark.parametrize("finding", SPOKEN)
def test_the_url_in_a_refusal_leads_to_its_explanation(browser, finding, action, address):
    token = mint(Notice(MINUTE, finding, action, address), KEYS)
    url = f"{BASE}/r/{token}"
    said = str(reply(finding, action=action, address=address, name=UNKNOWN_NAME, url=url))
    answer = browser.get(said.rpartition(" ")[2].removeprefix(BASE))
    page = Reader(answer.text)
    assert answer.status_code == 200
    assert words("en").findings[finding].title in page.words
    assert all(title not in page.words for title in other_titles(finding))
    assert said in page.words
    assert "2026-07-12 12:40 UTC" in page.words
    assert f"dig +short -x {address}" in page.words


def other_titles(finding):
    return [text.title for name, text in words("en").findings.items() if name != finding]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("finding", SPOKEN)
def test_the_page_says_the_words_of_the_diagnoses(browser, finding, address):
    token = mint(Notice(MINUTE, finding, Action.REFUSE, address), KEYS)
    page = Reader(browser.get(f"/r/{token}").text)
    for cause in causes(words("en"), finding, address, UNKNOWN_NAME):
        for sentence in (cause.title, cause.meaning, cause.who, cause.ask):
            assert sentence in page.words


def test_every_finding_has_causes_and_words():
    assert set(CAUSES) == set(Finding)
    assert set(words("en").findings) == {finding.value for finding in Finding}


def test_a_failed_lookup_was_never_a_refusal(browser):
    token = mint(Notice(MINUTE, Finding.DNS_FAILURE, Action.REFUSE, ADDRESSES[0]), KEYS)
    page = Reader(browser.get(f"/r/{token}").text)
    assert "Postponed" in page.words
    assert "451 4.7.25" in page.words


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(TOKEN.lower(), id="lower case"),
        pytest.param("-".join(re.findall(".{4}", TOKEN)), id="groups of four"),
        pytest.param(TOKEN.replace("0", "o").replace("1", "l"), id="letters for digits"),
        pytest.param(f"{TOKEN}.", id="the full stop of a sentence"),
        pytest.param(f"{TOKEN}%3E", id="the bracket around a link"),
        pytest.param(f"{TOKEN}/", id="a slash"),
    ],
)
def test_a_mistyped_link_is_forgiven(browser, spelling):
    assert "does not lead back" in Reader(browser.get(f"/r/{spelling}").text).words


@pytest.mark.parametrize("path", LOST)
def test_an_unknown_link_gets_the_general_explanation(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "How the reverse DNS check works" in Reader(answer.text).words


def test_a_page_that_breaks_off_says_whose_fault_it_is():
    answer = client(ask=lambda *_, **__: 1 / 0).get(f"/r/{TOKEN}?check=1")
    assert answer.status_code == 500
    assert "The fault is ours" in Reader(answer.text).words
    assert "How the reverse DNS check works" in Reader(answer.text).words


def test_a_page_may_live_below_a_path():
    browser = client(SETTINGS.replace(BASE, f"{BASE}/mail"))
    page = Reader(browser.get(f"/mail/r/{TOKEN}").text)
    assert set(page.loads) == {"/mail/style.css", "/mail/icon.svg"}
    assert all(browser.get(path).status_code == 200 for path in ("/mail", "/mail/", *page.loads))


def test_where_postmaster_is_refused_too_the_page_says_so():
    page = Reader(client(refuse_at="mail").get(f"/r/{TOKEN}").text)
    assert "Mail to us from the refused server is refused too" in page.words
    assert "is not refused for missing reverse DNS" not in page.words
    assert "+44 20 7946 0000" in page.words
    assert "521 5.7.25" in page.words


def test_an_address_that_is_not_reachable_is_not_promised():
    page = Reader(client(SETTINGS.replace("postmaster@", "help@")).get("/").text)
    assert "Mail to postmaster@company.example is not refused" in page.words
    assert "Mail to help@company.example from the refused server may be refused" in page.words


def test_healthz_says_ok(browser):
    assert browser.get("/healthz").text == "ok\n"

# SPDX-License-Identifier: GPL-3.0-or-later
"""No page trusts its reader, repeats what it was sent, or asks anything of anybody else."""

import re

import pytest

from ptrgate.judge.finding import Finding
from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action
from tests.unit.page import KEYS, Reader, client

ADDRESS = "198.51.100.7"
TOKEN = mint(Notice(29_731_000, Finding.FORGED, Action.REFUSE, ADDRESS), KEYS)
LOST = ["/nothing", "/r/", f"/r/{TOKEN}0"]
PAGES = ["/", *(f"/{finding}" for finding in Finding), f"/r/{TOKEN}", *LOST]


@pytest.fixture(scope="module")
def browser():
    return client()


@pytest.mark.parametrize("index", range(len(TOKEN)))
def test_a_forged_token_shows_nothing(browser, index):
    other = "0" if TOKEN[index] != "0" else "2"
    answer = browser.get(f"/r/{TOKEN[:index]}{other}{TOKEN[index + 1 :]}")
    assert answer.status_code == 404
    assert ADDRESS not in answer.text


@pytest.mark.parametrize("path", ["/", "/no_ptr", f"/r/{TOKEN}", "/r/", "/nothing"])
def test_nothing_of_the_request_is_repeated(browser, path):
    hostile = "<script>alert(1)</script>"
    headers = {"Host": "evil.example", "User-Agent": hostile, "X-Forwarded-Host": "evil.example"}
    answer = browser.get(f"{path}{hostile if path != '/' else ''}?q={hostile}", headers=headers)
    assert "alert(1)" not in answer.text
    assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole(browser, path):
    html = browser.get(path).text
    page = Reader(html)
    assert html.startswith('<!doctype html>\n<html lang="en">')
    assert page.tags["title"] == page.tags["h1"] == page.tags["main"] == 1
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert not re.search(r"[{}`]", page.words.replace("define(`", "").replace("`", "", 6))


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_anything_of_anybody_else(browser, path):
    page = Reader(browser.get(path).text)
    assert set(page.loads) == {"/style.css", "/icon.svg"}
    assert not page.tags.keys() & {"script", "iframe", "form", "object", "style", "base"}
    assert all(browser.get(link).status_code == 200 for link in page.links if link[0] == "/")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_names_somebody_to_ask(browser, path):
    page = Reader(browser.get(path).text)
    assert "The mail team, Company <b>& Sons</b>" in page.words
    assert "Mail to postmaster@company.example is not refused" in page.words
    assert "mailto:postmaster@company.example" in page.links


@pytest.mark.parametrize("path", [*PAGES, "/style.css", "/icon.svg", "/healthz"])
def test_every_answer_is_locked_down(browser, path):
    headers = browser.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Set-Cookie" not in headers


def test_a_refusal_is_kept_by_no_cache(browser):
    assert browser.get(f"/r/{TOKEN}").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_there_is_nothing_to_send(browser, method):
    assert getattr(browser, method)("/").status_code == 405


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        pytest.param("/", "a" * 300, 200, id="a host whose name is too long for one"),
        pytest.param("/", "[::1", 200, id="half an address"),
        pytest.param("/", "..", 200, id="dots"),
        pytest.param(f"/r//{TOKEN}", "help", 200, id="two slashes before a token"),
        pytest.param("//r/x//y", "help", 404, id="two slashes and nothing behind"),
    ],
)
def test_neither_host_nor_slashes_bring_an_error_or_a_redirect(browser, path, host, status):
    assert browser.get(path, headers={"Host": host}).status_code == status

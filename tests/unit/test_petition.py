# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for an exception on the page: a letter first, then a reason, and nothing by GET."""

import json
import time

import pytest

from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action, Finding
from ptrgate.requests.permit import HOURS, grant
from tests.unit.page import BASE, KEYS, Reader, client

ADDRESS = "198.51.100.7"
MINUTE = int(time.time()) // 60
MAILBOX = "admin@sender.example"


def notice(finding=Finding.NO_PTR, action=Action.REFUSE, minute=MINUTE):
    return Notice(minute, finding, action, ADDRESS)


def path(*of, **how):
    return f"/r/{mint(notice(*of, **how), KEYS)}/exception"


def confirmed(mailbox=MAILBOX, ago=0):
    """The path of the link in a letter that was sent ``ago`` hours ago."""
    return f"{path()}/{grant(notice(), mailbox, KEYS, MINUTE - ago * 60)}"


class Desk:
    """Answers what it is told to, and writes down its errands."""

    def __init__(self, told):
        self.told, self.errands = told, []

    def __call__(self, order, **told):
        self.errands.append((order, told))
        return self.told


def browser(told=None, more="exceptions = true\n"):
    desk = Desk(told or {"sent": True})
    return client(more=more, send=desk), desk


def posted(where, told, **form):
    page, desk = browser(told)
    answer = page.post(where, data=form)
    return answer, Reader(answer.text), desk


def test_a_refusals_page_leads_there():
    page, _ = browser()
    token = mint(notice(), KEYS)
    assert f"/r/{token}/exception" in Reader(page.get(f"/r/{token}").text).links
    assert (
        f"{BASE}/r/{token}/exception"
        in page.get(f"/r/{token}", headers={"Accept": "text/plain"}).text
    )


@pytest.mark.parametrize(
    ("finding", "action"),
    [
        (Finding.OK, Action.ACCEPT),
        (Finding.NO_PTR, Action.LOG),
        (Finding.DYNAMIC, Action.TAG),
        (Finding.DNS_FAILURE, Action.DEFER),
    ],
)
def test_where_nothing_was_refused_nothing_is_asked(finding, action):
    page, _ = browser()
    assert page.get(path(finding, action)).status_code == 404
    token = mint(notice(finding, action), KEYS)
    assert not [link for link in Reader(page.get(f"/r/{token}").text).links if "exception" in link]


def test_it_is_off_unless_the_operator_wants_it():
    page, desk = browser(more="")
    assert page.get(path()).status_code == page.post(path(), data={}).status_code == 404
    token = mint(notice(), KEYS)
    assert "exception" not in str(Reader(page.get(f"/r/{token}").text).links)
    assert desk.errands == []


def test_a_forged_token_asks_nothing():
    page, desk = browser()
    answer = page.post(f"/r/{'0' * 32}/exception", data={"mailbox": MAILBOX})
    assert (answer.status_code, desk.errands) == (404, [])


def test_looking_does_nothing():
    page, desk = browser()
    for where in (path(), confirmed()):
        assert page.get(where).status_code == 200
        assert page.get(f"{where}?mailbox={MAILBOX}&reason=x").status_code == 200
    assert desk.errands == []


def test_a_mailbox_is_sent_the_link():
    answer, page, desk = posted(path(), {"sent": True}, mailbox=f" {MAILBOX} ")
    ((order, told),) = desk.errands
    assert (answer.status_code, order, told["mailbox"]) == (200, "letter", MAILBOX)
    assert "The link is on its way" in page.words
    assert told["url"].startswith(f"{BASE}{path()}/")
    assert browser()[0].get(told["url"].removeprefix(BASE)).status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("mailbox", "says"),
    [
        ("", "not an e-mail address that we can write to"),
        ("x" * 5000 + "@y.example", None),
        ("a@b.example\r\nBcc: c@d.example", "not an e-mail address"),
        ('"><script>alert(1)</script>@x.example', "not an e-mail address"),
        ("jane@company.example", "an address of ours"),
    ],
)
def test_a_mailbox_that_will_not_do(mailbox, says):
    answer, page, desk = posted(path(), {}, mailbox=mailbox)
    assert answer.status_code == (400 if says else 413)
    assert not says or says in page.words
    assert desk.errands == []
    assert not page.tags.keys() & {"script"}


def test_an_old_refusal_asks_nothing():
    page, desk = browser()
    old = path(minute=MINUTE - 31 * 1440)
    assert page.post(old, data={"mailbox": MAILBOX}).status_code == 410
    assert desk.errands == []


def test_a_reason_makes_it_a_request():
    told = {"taken": "7K3QZX", "days": 9}
    answer, page, desk = posted(
        confirmed(), told, reason="Two\nweeks <b>", mailbox="x@evil.example"
    )
    ((order, errand),) = desk.errands
    assert (answer.status_code, order) == (200, "record")
    assert errand == {
        "address": ADDRESS, "finding": "no_ptr", "refused": MINUTE, "mailbox": MAILBOX,
        "reason": "Two weeks <b>", "language": "en",
    }  # fmt: skip
    assert "number 7K3QZX" in page.words
    assert "within 9 days" in page.words


@pytest.mark.parametrize(
    ("told", "status", "says"),
    [
        ({"known": "waiting"}, 200, "waiting already"),
        ({"known": "approved"}, 200, "approved already"),
        ({"known": "denied"}, 200, "was denied"),
        ({"full": True}, 429, "Too many requests are waiting"),
        ({"wait": 0}, 429, "try again later"),
        ({"error": "away"}, 503, "cannot be taken at this moment"),
        ({"error": "x"}, 503, "cannot be taken at this moment"),
        ({"known": "<script>"}, 503, "cannot be taken at this moment"),
    ],
)
def test_what_is_said_of_a_request(told, status, says):
    answer, page, _ = posted(confirmed(), told, reason="Two weeks.")
    assert (answer.status_code, says in page.words) == (status, True)


@pytest.mark.parametrize("reason", ["", " \n\t", "\u202e\u200b", "\0"])
def test_without_a_reason_nobody_could_decide(reason):
    answer, page, desk = posted(confirmed(), {}, reason=reason)
    assert (answer.status_code, desk.errands) == (400, [])
    assert "Please give a reason" in page.words


@pytest.mark.parametrize(
    "where", [confirmed(ago=HOURS), f"{confirmed()}x", f"{path()}/x", f"{path()}/{'a' * 300}"]
)
def test_a_link_that_is_over_or_not_whole(where):
    answer, page, desk = posted(where, {}, reason="Two weeks.")
    assert (answer.status_code, desk.errands) == (404, [])
    assert "not whole, or its 48 hours are over" in page.words


def test_programs_are_told_too():
    page, _ = browser({"wait": 9})
    answer = page.post(path(), data={"mailbox": MAILBOX}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert "Enough letters" in json.loads(answer.text)["detail"]
    said = page.get(path(), headers={"Accept": "application/json"}).json["exception"]
    assert said == {"url": f"{BASE}{path()}", "says": ""}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for exceptions: what may be asked, what is kept, what leaves, and nothing else."""

import json
from email import message_from_bytes, policy
from itertools import product

import pytest

from ptrgate.judge.token import BadToken, Keys, Notice
from ptrgate.judge.words import Action, Finding
from ptrgate.requests import book, letters
from ptrgate.requests.desk import Desk, why_not
from ptrgate.requests.permit import HOURS, grant, mailbox_of
from ptrgate.requests.post import post
from ptrgate.requests.request import MAX_REASON, NEXT, Event, Request, State, cleaned, is_mailbox
from ptrgate.requests.settings import BadSettings, load
from tests.unit.mailserver import Mistakes, Server

NOW = 1_800_000_000
MINUTE = NOW // 60
KEYS = Keys.read(f"1 {'ab' * 32}")
NOTICE = Notice(MINUTE - 5, Finding.NO_PTR, Action.REFUSE, "198.51.100.7")
URL = "http://help.company.example/r/TOKEN/exception/permit"
SETTINGS = """
help_url = "http://help.company.example"
operator = "Company"
name = "The mail team"
email = "postmaster@company.example"
host = "mx.company.example"
domains = ["company.example"]
relay = "127.0.0.1"
days = 14
letters = 20
"""


def request(**changes):
    told = {
        "id": "7K3QZX",
        "address": "198.51.100.7",
        "finding": Finding.NO_PTR,
        "refused": NOW - 300,
        "mailbox": "admin@sender.example",
        "reason": "The provider needs two weeks.",
        "language": "en",
        "made": NOW,
    }
    return Request(**told | changes)


@pytest.mark.parametrize(
    ("mailbox", "may"),
    [
        ("admin@sender.example", True),
        ("first.last+mx=1@sub.sender.example", True),
        ("a@xn--bcher-kva.example", True),
        ("", False), ("admin", False), ("admin@", False), ("@sender.example", False),
        ("admin@localhost", False), ("admin@[192.0.2.1]", False), ("admin@192.0.2.1", False),
        ("a b@sender.example", False), ("-f@sender.example", False), (".a@sender.example", False),
        ("a..b@sender.example", False), ("a.@sender.example", False),
        ('"x"@sender.example', False), ("a@b@sender.example", False), ("a%b@c.example", False),
        ("a@sender.example\nBcc: x@y.example", False), ("a@sender.example\n", False),
        ("a,b@sender.example", False), ("a@-x.example", False), ("$(id)@sender.example", False),
        ("ä@sender.example", False), ("a@sender.example, b@c.example", False),
        ("a" * 64 + "@" + "b" * 60 + ".example", False),
    ],
)  # fmt: skip
def test_which_mailbox_may_be_written_to(mailbox, may):
    assert is_mailbox(mailbox) is may


def test_our_own_house_needs_no_letter():
    own = ("company.example",)
    assert why_not("jane@Company.Example", own) == "ours"
    assert why_not("jane@not-company.example", own) == ""
    assert why_not("nonsense", own) == "none"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  two\r\nlines\tof it ", "two lines of it"),
        ("grün, à bientôt", "grün, à bientôt"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202eevil\u200b\ufeff", "evil"),
        ("\ud800", ""),
        ("x" * 5000, "x" * MAX_REASON),
        ("\0" * 5000 + "late", ""),
    ],
)
def test_a_reason_is_one_printable_line(typed, kept):
    assert cleaned(typed) == kept


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_what_follows_on_what(state, event):
    may = {
        (State.WAITING, Event.APPROVE): State.APPROVED,
        (State.WAITING, Event.DENY): State.DENIED,
        (State.DENIED, Event.APPROVE): State.APPROVED,
    }
    assert may == NEXT
    if (state, event) in may:
        changed = book.decided(request(state=state), event, NOW + 9, "jane")
        assert (changed.state, changed.by, changed.decided) == (may[state, event], "jane", NOW + 9)
    else:
        with pytest.raises(book.Objection):
            book.decided(request(state=state), event, NOW, "jane")


def test_an_address_asks_once_whatever_was_decided():
    for state in State:
        known = request(state=state)
        assert book.asked((known,), request(id="0AAAAA"), 14).known == known


def test_it_ends_by_itself_and_may_be_asked_anew():
    old = request(made=NOW - 14 * book.DAY)
    assert book.pruned((old,), NOW - 1, 14) == (old,)
    assert book.pruned((old,), NOW, 14) == ()
    assert book.asked((old,), request(id="0AAAAA"), 14).book == (request(id="0AAAAA"),)


def test_there_are_at_most_a_hundred():
    full = tuple(request(address=f"198.51.100.{n}") for n in range(100, 200))
    assert book.asked(full, request(), 14) == book.Asked(full, None, is_full=True)
    assert len(book.asked(full[1:], request(), 14).book) == 100


def test_the_file_is_read_back():
    kept = (request(), request(id="0AAAAA", state=State.DENIED, decided=NOW, by="jane"))
    assert book.read(book.write(kept), "here") == kept


GOOD = json.loads(book.write((request(),)))


@pytest.mark.parametrize(
    "changes",
    [
        {"mailbox": "-oQ/tmp@x.example"}, {"mailbox": "a@x.example\n"}, {"id": "../../x"},
        {"reason": "x" * 501}, {"reason": "a\x1b[2J"}, {"reason": ""}, {"address": "198.51.100.07"},
        {"address": "; reboot"}, {"state": "holy"}, {"finding": "x"}, {"made": "1"},
        {"decided": 1.5}, {"by": "x\n"}, {"language": "../"}, {"more": 1}, {"made": True},
    ],
)  # fmt: skip
def test_a_file_that_somebody_else_wrote_is_not_believed(changes):
    damaged = GOOD | {"requests": [GOOD["requests"][0] | changes]}
    with pytest.raises(book.Damaged):
        book.read(json.dumps(damaged), "here")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"version": 2, "requests": []}', "[" * 9999])
def test_a_file_that_is_none_is_damaged(text):
    with pytest.raises(book.Damaged):
        book.read(text, "here")


def test_a_permit_is_of_one_refusal_and_one_mailbox():
    permit = grant(NOTICE, "admin@sender.example", KEYS, MINUTE)
    assert mailbox_of(permit, NOTICE, KEYS, MINUTE + HOURS * 60 - 1) == "admin@sender.example"
    other = Notice(NOTICE.minute, NOTICE.finding, NOTICE.action, "198.51.100.8")
    later = Notice(NOTICE.minute + 1, NOTICE.finding, NOTICE.action, NOTICE.address)
    for notice in (other, later):
        with pytest.raises(BadToken):
            mailbox_of(permit, notice, KEYS, MINUTE)


@pytest.mark.parametrize("minute", [MINUTE - 1, MINUTE + HOURS * 60])
def test_a_permit_ends(minute):
    with pytest.raises(BadToken):
        mailbox_of(grant(NOTICE, "a@b.example", KEYS, MINUTE), NOTICE, KEYS, minute)


def test_no_changed_permit_is_believed():
    permit = grant(NOTICE, "a@b.example", KEYS, MINUTE)
    changed = [permit[:n] + ("b" if permit[n] != "b" else "c") + permit[n + 1 :] for n in range(41)]
    for one in [*changed, permit[:-8], permit[8:], "", "a", "é" * 40, "a" * 10_000, "=" * 8]:
        with pytest.raises(BadToken):
            mailbox_of(one, NOTICE, KEYS, MINUTE)


class Bench:
    """A desk with a clock and a postbox of its own."""

    def __init__(self, directory):
        self.time, self.sent, self.noted, self.fails = NOW, [], [], False
        settings = load(SETTINGS, "requests.toml")
        self.desk = Desk(settings, directory, self.send, self.noted.append, lambda: self.time)

    def send(self, to, letter):
        if self.fails:
            raise ConnectionRefusedError
        self.sent.append((to, message_from_bytes(letter, policy=policy.default)))

    def letter(self, mailbox="admin@sender.example", **changes):
        told = {"address": "198.51.100.7", "mailbox": mailbox, "url": URL, "language": "en"}
        return self.ask("letter", **told | changes)

    def record(self, **changes):
        told = {
            "address": "198.51.100.7", "finding": "no_ptr", "refused": MINUTE - 5,
            "mailbox": "admin@sender.example", "reason": "Two weeks.", "language": "en",
        }  # fmt: skip
        return self.ask("record", **told | changes)

    def ask(self, order, **told):
        return self.desk.answer(json.dumps({"order": order, **told}).encode())


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_a_letter_holds_the_link_and_no_word_of_a_stranger(bench):
    assert bench.letter() == {"sent": True}
    ((to, message),) = bench.sent
    assert (to, message["To"]) == ("admin@sender.example",) * 2
    assert message["From"] == "The mail team <postmaster@company.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert URL in message.get_content()


@pytest.mark.parametrize("language", [*letters.LANGUAGES, "xx", "../en"])
def test_every_language_has_the_letters(bench, language):
    bench.letter(language=language)
    assert URL in bench.sent[0][1].get_content()
    assert "198.51.100.7" in bench.sent[0][1]["Subject"]
    for state in (State.APPROVED, State.DENIED):
        settings = load(SETTINGS, "x")
        told = request(state=state, language=language[-2:] if "/" in language else language)
        text = message_from_bytes(letters.decision(settings, told, None), policy=policy.default)
        assert "198.51.100.7" in text.get_content()


@pytest.mark.parametrize(
    ("who", "spread", "allowed"),
    [
        ("a mailbox", lambda n: ("victim@x.example", f"198.51.{n}.7"), 1),
        ("a domain", lambda n: (f"victim{n}@x.example", f"198.51.{n}.7"), 10),
        ("a network", lambda n: (f"a@x{n}.example", f"198.51.100.{n}"), 3),
        ("everybody", lambda n: (f"a@x{n}.example", f"198.51.{n}.7"), 20),
    ],
)
def test_nobody_is_flooded_through_us(bench, who, spread, allowed):
    told = [bench.letter(mailbox, address=address) for mailbox, address in map(spread, range(60))]
    assert len(bench.sent) == allowed, who
    assert all(one.get("wait", 0) > 0 for one in told[allowed:])
    bench.time += book.DAY
    assert bench.letter(*spread(0)[:1], address=spread(0)[1]) == {"sent": True}


def test_the_limits_know_no_case(bench):
    bench.letter("Victim@X.example")
    assert bench.letter("victim@x.EXAMPLE", address="192.0.2.1").keys() == {"wait"}


@pytest.mark.parametrize(
    "changes",
    [
        {"mailbox": "jane@company.example"}, {"mailbox": "x"}, {"mailbox": 7},
        {"url": "http://evil.example/r/x"}, {"url": "http://help.company.example.evil/r/"},
        {"url": "http://help.company.example/r/x\n\nBuy"}, {"url": URL + "?x=" + "y" * 600},
        {"address": "10.0.0.1"}, {"address": "x"}, {"mailbox": ["a@b.example"]},
    ],
)  # fmt: skip
def test_what_the_page_must_not_ask(bench, changes):
    assert bench.letter(**changes).keys() == {"error"}
    assert bench.sent == []


@pytest.mark.parametrize(
    "octets", [b"", b"{", b"[]", b"null", b"[" * 2000, b"\xff", b'{"order": "x"}']
)
def test_an_errand_that_is_none_is_answered(bench, octets):
    assert bench.desk.answer(octets).keys() == {"error"}


def test_a_request_is_kept_and_the_operator_told(bench, tmp_path):
    told = bench.record(reason="<b>hello</b> \u202e $(reboot)")
    kept = book.read((tmp_path / book.BOOK).read_text(), "x")
    assert told == {"taken": kept[0].id, "days": 14}
    assert (kept[0].reason, kept[0].state) == ("<b>hello</b> $(reboot)", State.WAITING)
    ((to, message),) = bench.sent
    assert to == "postmaster@company.example"
    assert f"ptrgate requests show {kept[0].id}" in message.get_content()
    assert "reboot" not in message.as_string() + "".join(bench.noted)
    assert bench.record() == {"known": "waiting"}


def test_a_request_is_kept_although_nobody_can_be_told(bench):
    bench.fails = True
    assert "taken" in bench.record()
    assert "could not be told" in bench.noted[-1]
    assert bench.letter() == {"error": "away"}


def test_a_damaged_file_is_left_as_it_is(bench, tmp_path):
    (tmp_path / book.BOOK).write_text("{")
    assert bench.record() == {"error": "away"}
    bench.desk.sweep()
    assert (tmp_path / book.BOOK).read_text() == "{"
    assert len(bench.noted) == 2


def test_what_is_too_old_is_forgotten(bench, tmp_path):
    bench.record()
    bench.time += 14 * book.DAY
    bench.desk.sweep()
    assert book.read((tmp_path / book.BOOK).read_text(), "x") == ()


def test_it_leaves_without_a_sender():
    server = Server(Mistakes(at_end="250 2.0.0 Ok", replies={"^(?i:rcpt)": "250 2.1.5 Ok"}))
    post("127.0.0.1", "mx.company.example", "a@b.example", b"Subject: x\r\n\r\ny\r\n", server.port)
    assert [one for one in server.said if one.lower().startswith("mail from:<> ")]
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("days = 61", "helppage_requests_days"), ("letters = 0", "helppage_requests_letters"),
        ('relay = "mx.example"', "helppage_requests_relay"),
        ("days = true", "helppage_requests_days"),
        ('email = "x"', "helppage_contact"), ("extra = 1", "extra is not a setting"),
    ],
)  # fmt: skip
def test_wrong_settings_name_their_variable(line, says):
    key = line.partition(" ")[0]
    rest = "\n".join(one for one in SETTINGS.splitlines() if not one.startswith(f"{key} ="))
    with pytest.raises(BadSettings, match=says):
        load(f"{rest}\n{line}\n", "requests.toml")

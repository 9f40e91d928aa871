# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom own users wrote to: read from Postfix's lines, noted for some days, forgotten."""

import json
import time

import pytest

from ptrgate.cli.frame import main
from ptrgate.logs.journald import Entry
from ptrgate.logs.written import PATTERN, domains
from ptrgate.shared.contacts import Contacts, is_known
from ptrgate.shared.ledger import Ledger
from tests.unit.test_why import JOURNALCTL

NOW = time.time()
DAY = 86400
SENT = (
    "relay=mx.example.net[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"
)


def sent(recipient, identity="4X1"):
    return f"{identity}: to=<{recipient}>, {SENT}"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param([sent("jane@Partner.Example")], ["partner.example"], id="sent"),
        pytest.param([sent("jane@partner.example.")], ["partner.example"], id="final dot"),
        pytest.param([sent("a@b.example"), sent("c@d.example", "4X2")],
                     ["b.example", "d.example"], id="two"),
        pytest.param(["4X1: from=<>, size=9, nrcpt=1 (queue active)", sent("spam@junk.example")],
                     [], id="an automatic answer counts for nothing"),
        pytest.param(["4X1: from=<>, size=9, nrcpt=1", sent("a@b.example", "4X12")],
                     ["b.example"], id="another message does"),
        pytest.param(["4X1: from=<joe@example.org>, size=9", sent("a@b.example")],
                     ["b.example"], id="a sender of ours"),
        pytest.param([sent("a@b.example").replace("sent", "bounced")], [], id="bounced"),
        pytest.param([sent("a@b.example").replace("sent", "deferred")], [], id="deferred"),
        pytest.param([sent("a@[192.0.2.1]"), sent("a@localhost"), sent("a")], [], id="no domain"),
        pytest.param([sent("a@" + "x." * 130 + "example")], [], id="too long"),
        pytest.param(["4X1: client=x[192.0.2.1]", "", "to=<a@b.example> status=sent "], [],
                     id="other lines"),
    ],
)  # fmt: skip
def test_domains_of_deliveries_to_the_world(lines, found):
    assert list(domains(Entry(0.0, "mx", line) for line in lines)) == found


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A journal to fill with (age in seconds, message)."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/journalctl"
    program.write_text(JOURNALCTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    (tmp_path / "state").mkdir()

    def fill(*lines):
        rows = [[NOW - age, "SYSLOG_IDENTIFIER=postfix/internet/smtp", text] for age, text in lines]
        (tmp_path / "bin/journalctl.json").write_text(json.dumps(rows))

    fill()
    return fill


@pytest.fixture
def learn(tmp_path, capsys):
    def run(days=90):
        policy = tmp_path / "policy.toml"
        policy.write_text(f'mode = "observe"\n[written_to]\ndays = {days}\n')
        words = ["--state", str(tmp_path / "state"), "--policy", str(policy), "--json"]
        assert main(["learn", *words]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.usefixtures("journal")
def test_a_quiet_journal_teaches_nothing(learn):
    assert learn() == {"days": 90, "seen": 0, "known": 0}


def test_what_is_learned_is_known_to_the_workers(learn, journal, tmp_path):
    journal((50, sent("jane@partner.example")))
    assert learn() == {"days": 90, "seen": 1, "known": 1}
    ledger = Ledger(tmp_path / "state/memory.db")
    asked = ("partner.example", "mail.partner.example", "example")
    known = [is_known(ledger, one, days=90, now=NOW) for one in asked]
    assert known == [True, False, False]
    assert not is_known(ledger, "partner.example", days=90, now=NOW + 91 * DAY)


def test_the_first_look_goes_far_back_and_the_next_one_does_not(learn, journal):
    journal((60 * DAY, sent("old@partner.example")))
    assert learn()["seen"] == 1
    assert learn()["seen"] == 0


def test_it_is_forgotten_when_its_days_are_over_or_nobody_wants_to_know(learn, journal, tmp_path):
    journal((50, sent("jane@partner.example")))
    learn()
    contacts = Contacts(tmp_path / "state")
    assert contacts.learn([], days=90, now=NOW + 89 * DAY) == 1
    assert contacts.learn([], days=90, now=NOW + 91 * DAY) == 0
    learn()
    assert learn(days=0)["known"] == 0


def test_the_oldest_go_when_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr("ptrgate.shared.contacts.MOST", 10)
    contacts = Contacts(tmp_path)
    contacts.learn(["first.example"], days=90, now=NOW - DAY)
    assert contacts.learn([f"d{n}.example" for n in range(10)], days=90, now=NOW) == 10
    assert not is_known(Ledger(tmp_path / "memory.db"), "first.example", days=90, now=NOW)


def test_the_pattern_is_one_that_journalctl_understands():
    assert PATTERN.isascii()
    assert "(?P" not in PATTERN


def test_without_a_journal_it_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["learn", "--state", str(tmp_path)]) == 70
    assert "there is no journalctl here" in capsys.readouterr().err

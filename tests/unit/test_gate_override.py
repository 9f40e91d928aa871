# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator's order to the gate has an end, a reason and an owner, and is said aloud."""

import json

import pytest

from ptrgate.cli import gate, gate_told
from ptrgate.cli.frame import main
from tests.unit.postfix import FakePostfix

WHY = ["--hours", "4", "--reason", "we move", "--owner", "jane"]


@pytest.fixture
def postfix(monkeypatch):
    fake = FakePostfix()
    monkeypatch.setattr(gate, "Postfix", lambda: fake)
    monkeypatch.setattr(gate_told.here, "announce", lambda _line: None)
    return fake


@pytest.fixture
def call(tmp_path, capsys, postfix):
    assert not postfix.letters
    settings = tmp_path / "gate.toml"
    settings.write_text('helo = "mx.example.org"\n')

    def called(*words):
        try:
            status = main(["gate", "--state", str(tmp_path), "--settings", str(settings), *words])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    called.settings = settings
    called("init", "--start", "hold")
    return called


def facts(call):
    status, said = call("status", "--json")
    assert status == 0
    return json.loads(said)


@pytest.mark.parametrize("rung", ["direct", "hold"])
def test_it_is_done_and_said(call, rung):
    status, said = call("override", rung, *WHY)
    assert status == 0
    assert "gate event=overridden" in said
    assert f"OVERRIDDEN: {rung} until 20" in said
    assert "(we move; jane)" in said
    assert facts(call)["override"]["owner"] == "jane"
    assert facts(call)["rung"] == rung


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["direct"], "an override needs its end and its reason"),
        (["direct", "--hours", "4"], "an override needs its end and its reason"),
        (["direct", "--reason", "x"], "an override needs its end and its reason"),
        (["direct", "--hours", "73", "--reason", "x"], "more than 0 and at most 72"),
        (["direct", "--hours", "0", "--reason", "x"], "more than 0 and at most 72"),
        (["ipv4", *WHY], "invalid choice"),
        (["smarthost", *WHY], "there is no smarthost to send by: set ptrgate_smarthost"),
        (WHY, "say how mail shall leave: direct, smarthost, hold"),
        (["direct", "--end"], "--end stands alone"),
        (["--end", *WHY], "--end stands alone"),
    ],
)
def test_what_will_not_do_is_said(call, words, says):
    status, said = call("override", *words)
    assert status == 64
    assert says in said
    assert facts(call)["override"] is None


def test_without_an_order_it_tells_how_it_stands(call):
    status, said = call("override")
    assert status == 0
    assert said.startswith("Outbound mail is held")


def test_it_ends_by_order_and_twice_is_once(call):
    call("override", "direct", *WHY)
    assert "gate event=override_ended" in call("override", "--end")[1]
    assert "gate event" not in call("override", "--end")[1]
    assert facts(call)["rung"] == "hold"


def test_the_operator_hears_of_it_if_he_asked(call, postfix):
    call.settings.write_text('helo = "mx.example.org"\nnotify = "ops@example.org"\n')
    call("override", "direct", *WHY)
    call("settle")
    [(address, letter)] = postfix.letters
    assert address == "ops@example.org"
    assert "Subject: outbound gate of mx.example.org\n" in letter
    assert "gate event=overridden mode=prove from=hold to=direct" in letter


def test_a_letter_that_cannot_be_sent_stops_nothing(call, postfix, monkeypatch):
    call.settings.write_text('notify = "ops@example.org"\n')

    def fails(_address, _text):
        raise gate.PostfixFailed("sendmail: no")

    monkeypatch.setattr(postfix, "send", fails)
    status, said = call("override", "direct", *WHY)
    assert (status, facts(call)["rung"]) == (0, "direct")
    assert "gate event=not_notified: sendmail: no" in said

# SPDX-License-Identifier: GPL-3.0-or-later
"""A pause begins and ends by order or by itself, and every verb says so."""

import json

import pytest

from ptrgate.cli import pause as verb
from ptrgate.cli.frame import main
from ptrgate.shared.grants import PAUSE
from tests.unit.nameserver import from_zone, serving

NOW = 1795521600  # 2026-11-24T12:00:00Z
WHY = ["--reason", "the resolver lies", "--owner", "jane"]


@pytest.fixture
def clock(monkeypatch):
    seconds = [float(NOW)]
    monkeypatch.setattr(verb.time, "time", lambda: seconds[0])
    return seconds


@pytest.fixture
def call(tmp_path, capsys):
    def called(*arguments):
        try:
            status = main([*arguments, "--state", str(tmp_path)])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    called.file = tmp_path / PAUSE
    return called


def facts(call, *arguments):
    status, said = call(*arguments, "--json")
    assert status == 0
    return json.loads(said)


def paused(call, hours="2", *arguments):
    return facts(call, "pause", "--hours", hours, *WHY, *arguments)


@pytest.mark.usefixtures("clock")
def test_it_is_told_until_when_by_whom_and_why(call):
    status, said = call("pause", "--hours", "2", *WHY)
    assert status == 0
    assert said.startswith("PAUSED until 2026-11-24T14:00:00Z (the resolver lies; jane).\n")
    assert "ptrgate resume" in said


@pytest.mark.parametrize(("seconds", "holds"), [(0, True), (7199, True), (7200, False)])
def test_it_ends_by_itself_to_the_second(call, clock, seconds, holds):
    paused(call)
    clock[0] += seconds
    assert (facts(call, "pause")["pause"] is not None) == holds


@pytest.mark.parametrize(
    ("later", "hours", "changed"),
    [
        pytest.param(0, "2", False, id="at once"),
        pytest.param(300, "2", False, id="minutes later: as an automated run again"),
        pytest.param(301, "2", True, id="later it is meant"),
        pytest.param(0, "3", True, id="longer"),
        pytest.param(0, "1", True, id="shorter"),
        pytest.param(7200, "2", True, id="after it ended"),
    ],
)
def test_the_same_order_again_changes_nothing(call, clock, later, hours, changed):
    assert paused(call)["changed"] is True
    clock[0] += later
    assert paused(call, hours)["changed"] is changed


@pytest.mark.usefixtures("clock")
def test_another_reason_is_another_pause(call):
    paused(call)
    status, said = call("pause", "--hours", "2", "--reason", "we move", "--owner", "jane")
    assert status == 0
    assert "(The pause before was until 2026-11-24T14:00:00Z (the resolver lies; jane).)" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hours", "0", *WHY], "allowed: more than 0 and at most 72"),
        (["--hours", "73", *WHY], "allowed: more than 0 and at most 72"),
        (["--hours", "nan", *WHY], "allowed: more than 0 and at most 72"),
        (["--hours", "two", *WHY], "allowed: more than 0 and at most 72"),
        (["--hours", "2"], "--hours and --reason go together"),
        (WHY, "--hours and --reason go together"),
        (["--hours", "2", "--reason", "a\nb"], "is not one line"),
    ],
)
def test_what_will_not_do_is_said(call, arguments, words):
    status, said = call("pause", *arguments)
    assert (status, call.file.exists()) == (64, False)
    assert words in said


def test_resume_ends_it_and_twice_is_once(call):
    paused(call)
    assert facts(call, "resume") == {"changed": True, "pause": None}
    assert facts(call, "resume") == {"changed": False, "pause": None}
    assert facts(call, "pause")["pause"] is None


@pytest.mark.usefixtures("clock")
def test_a_dry_run_changes_nothing(call):
    assert paused(call, "2", "--dry-run")["changed"] is True
    assert facts(call, "pause")["pause"] is None
    paused(call)
    assert facts(call, "resume", "--dry-run")["changed"] is True
    assert facts(call, "pause")["pause"]["until"] == "2026-11-24T14:00:00Z"


def test_a_damaged_file_is_said_and_resume_mends_it(call):
    call.file.write_text("nonsense")
    status, said = call("pause")
    assert status == 70
    assert f"{call.file}: the file: found Expecting value" in said
    assert facts(call, "resume")["changed"] is True
    assert facts(call, "pause")["pause"] is None


def test_check_and_config_say_it(call, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('help_url = "http://help.example.org"')
    until = paused(call, "72")["pause"]["until"]
    with serving(from_zone({})) as server:
        where = ["--nameserver", "{}:{}".format(*server.address), "--policy", str(policy)]
        told = facts(call, "check", "198.51.100.20", *where)
        story = call("check", "198.51.100.20", *where)[1]
    said = {key: told[key] for key in ("rule", "action", "would", "paused")}
    assert said == {"rule": "paused", "action": "accept", "would": "refuse", "paused": until}
    assert f"This host is PAUSED until {until}" in story
    assert f"this host is PAUSED until {until}" in call("config", "--check", str(policy))[1]


def test_check_knows_run_time_exemptions(call):
    who = ["--owner", "jane", "--reason", "their ISP", "--days", "1"]
    assert call("exempt", "add", "198.51.100.20", *who)[0] == 0
    status, said = call("check", "198.51.100.20", "--json")
    assert (status, json.loads(said)["rule"]) == (0, "exemption:198-51-100-20")
    assert json.loads(said)["reason"].endswith("exempt: 198-51-100-20, their ISP")

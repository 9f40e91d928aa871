# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is in hand, a bounce's URL, an address, a queue id, to what happened and what to do."""

import json
import re
import shlex
import stat
import time

import pytest

from ptrgate.cli import here
from ptrgate.cli.frame import main
from ptrgate.judge.token import Keys, Notice, mint, ref
from ptrgate.judge.words import Action, Finding
from ptrgate.logs.asked import Asked, Kind, understand
from ptrgate.milter import journal
from ptrgate.shared.memory import Memory
from tests.unit.nameserver import from_zone, serving

CLIENT, GOOD = "198.51.100.20", "198.51.100.10"
KEY = "0 " + "ab" * 32
THEN = int(time.time()) // 60 - 60  # an hour ago, in minutes
TOKEN = mint(Notice(THEN, Finding.NO_PTR, Action.REFUSE, CLIENT), Keys.read(KEY))
TOKEN6 = mint(Notice(THEN, Finding.NO_PTR, Action.DEFER, "2001:db8::20"), Keys.read(KEY))
ZONE = {
    ("10.100.51.198.in-addr.arpa.", "PTR"): ["mx.example.org."],
    ("mx.example.org.", "A"): [GOOD],
}


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        (f"http://help.example.org/r/{TOKEN}", [(Kind.TOKEN, TOKEN)]),
        (f"  <https://help.example.org/x/r/{TOKEN}>.", [(Kind.TOKEN, TOKEN)]),
        (f"See http://help.example.org/r/{TOKEN} (in reply", [(Kind.TOKEN, TOKEN)]),
        (TOKEN.lower(), [(Kind.TOKEN, TOKEN)]),
        (TOKEN6, [(Kind.TOKEN, TOKEN6)]),
        (TOKEN[:20] + "-" + TOKEN[20:], [(Kind.TOKEN, TOKEN)]),
        (f"http://help.example.org/r/{TOKEN[:25]}", [(Kind.REF, TOKEN[:10])]),
        ("1Q8ZK3M0XY", [(Kind.REF, "1Q8ZK3M0XY")]),
        ("198.51.100.20", [(Kind.ADDRESS, "198.51.100.20")]),
        ("[IPv6:2001:DB8::0020]", [(Kind.ADDRESS, "2001:db8::20")]),
        ("::ffff:198.51.100.20", [(Kind.ADDRESS, "198.51.100.20")]),
        ("E29E0194A63", [(Kind.REF, "E29E0194A6"), (Kind.QUEUE_ID, "E29E0194A63")]),
        ("A1B2C3", [(Kind.QUEUE_ID, "A1B2C3")]),
        ("3vqm1hgHVgz1z", [(Kind.QUEUE_ID, "3vqm1hgHVgz1z")]),
        ("<Jane@Example.ORG>", [(Kind.MAILBOX, "jane@example.org")]),
    ],
)
def test_what_is_in_hand_is_understood(text, ways):
    found = [way for way in understand(text) if way.kind in {kind for kind, _ in ways}]
    assert found == [Asked(*way) for way in ways]


@pytest.mark.parametrize("text", ["", "mx.example.org", "http://help.example.org/", "no_ptr", "é"])
def test_what_is_not_says_what_would_be(text, capsys):
    assert main(["why", text]) == 64
    assert "a client's address" in capsys.readouterr().err


def line(**values):
    told = {
        "ref": TOKEN[:10], "address": CLIENT, "family": "v4", "iprev": "permerror",
        "finding": "no_ptr", "rule": "default", "action": "refuse", "would": "refuse",
        "stage": "rcpt", "helo": "\x1b[31mevil", "from": "a@sender.example",
        "to": journal.recipients(["user@example.org", "$(id)@example.org"], 7), "source": "dns",
        "queries": "1", "ms": "3", "policy": "0ldp011c", "worker": "99",
    }  # fmt: skip
    return journal.line({key: value for key, value in (told | values).items() if value})


JOURNALCTL = """#!/usr/bin/python3
# A journal of a few lines: it does with --grep, --since and --until what journalctl does.
import json, re, sys
said = dict(zip(sys.argv, sys.argv[1:]))
since, until = (float(said.get(key, default)[1:]) for key, default in
                (("--since", "@0"), ("--until", "@9e9")))
for when, match, message in json.load(open(__file__ + ".json")):
    if match in sys.argv and since <= when <= until and re.search(said["--grep"], message):
        print(json.dumps({"__REALTIME_TIMESTAMP": str(int(when * 1e6)), "_HOSTNAME": "mx",
                          "MESSAGE": message}))
"""
OURS, POSTFIX = "_SYSTEMD_UNIT=ptrgate-milter.service", "SYSLOG_FACILITY=2"
ACCEPTED = {"ref": "", "address": GOOD, "iprev": "pass", "finding": "ok", "action": "accept",
            "would": "accept", "stage": "connect", "helo": "", "from": "", "to": ""}  # fmt: skip


@pytest.fixture
def why(tmp_path, monkeypatch, capsys):
    """Call the verb on a host with a journal, keys, a policy and a nameserver of its own."""
    at = THEN * 60.0
    lines = [
        [at - 900, OURS, line(**ACCEPTED)],
        [at + 20, OURS, line()],
        [at + 20.5, OURS, line(**{"from": "<>"})],
        [at + 30, OURS, line(ref="AAAAAAAAAA", address="198.51.100.21")],
        [at + 100, OURS, line(**ACCEPTED)],
        [at + 101, POSTFIX, f"A1B2C3: client=mx.example.org[{GOOD}]:4711"],
        [at + 101, POSTFIX, "A1B2C3: from=<b@good.example>, size=1, nrcpt=1 (queue active)"],
        [at + 102, POSTFIX, "A1B2C3: to=<c@example.org>, relay=x, status=sent (250 \x1b[31m)"],
        [at + 103, POSTFIX, "D4E5F6: uid=0 from=<root>"],
    ]
    program = tmp_path / "journalctl"
    program.write_text(JOURNALCTL)
    program.chmod(stat.S_IRWXU)
    (tmp_path / "journalctl.json").write_text(json.dumps(lines))
    (tmp_path / "keys").write_text(KEY)
    (tmp_path / "state").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with serving(from_zone(ZONE)) as server:
        (tmp_path / "policy.toml").write_text(
            'help_url = "http://help.example.org"\n'
            f'[lookup]\nnameservers = ["127.0.0.1:{server.address[1]}"]\n'
        )
        paths = ["--policy", str(tmp_path / "policy.toml"), "--state", str(tmp_path / "state")]

        def call(*arguments, verb="why", keys=("--keys", str(tmp_path / "keys"))):
            status = main([verb, *arguments, *(keys if verb == "why" else ()), *paths])
            said = capsys.readouterr()
            return status, said.out + said.err

        yield call


def facts(why, *arguments, status=0, **options):
    ended, said = why(*arguments, "--json", **options)
    assert ended == status, said
    return json.loads(said)


def test_a_url_leads_to_every_session_of_its_minute_and_to_today(why):
    told = facts(why, f"http://help.example.org/r/{TOKEN}")
    assert told["asked"] == {"kind": "token", "text": TOKEN}
    assert {key: told["notice"][key] for key in ("address", "finding", "action")} == {
        "address": CLIENT, "finding": "no_ptr", "action": "refuse"
    }  # fmt: skip
    assert [one["from"] for one in told["sessions"]] == ["a@sender.example", "<>"]
    assert {one["host"] for one in told["sessions"]} == {"mx"}
    assert (told["today"]["finding"], told["today"]["action"]) == ("no_ptr", "refuse")
    assert told["changed"] == [f"the policy: it was 0ldp011c, it is {told['today']['policy']}"]


def test_the_story_repeats_the_reply_and_escapes_what_strangers_said(why):
    status, said = why(TOKEN)
    assert status == 0
    assert f"550 5.7.25 Relaying denied: {CLIENT} has no reverse DNS name (PTR). See http" in said
    assert f"http://help.example.org/r/{TOKEN}" in said
    assert "calls itself \\027[31mevil" in said
    assert "user@example.org, $(id)@example.org and 5 more" in said
    assert said.isascii()
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("text", "froms"),
    [
        (TOKEN[:10], ["a@sender.example", "<>"]),
        (CLIENT, ["a@sender.example", "<>"]),
        ("A@sender.example", ["a@sender.example", "a@sender.example"]),
        ("$(id)@example.org", ["a@sender.example", "<>", "a@sender.example"]),
    ],
)
def test_other_ways_lead_there_too(why, text, froms):
    assert [one["from"] for one in facts(why, text)["sessions"]] == froms


def test_a_queue_id_leads_to_postfix_and_to_the_session_before_it(why):
    told = facts(why, "A1B2C3")
    assert len(told["mail"]) == 3
    assert [one["address"] for one in told["sessions"]] == [GOOD]
    assert told["exemption"] is None
    status, said = why("A1B2C3")
    assert status == 0
    assert "status=sent (250 \\027[31m)" in said
    assert "Nothing stands in its way today" in said


def test_mail_that_was_handed_in_here_has_no_session(why):
    told = facts(why, "D4E5F6")
    assert (len(told["mail"]), told["sessions"], told["today"]) == (1, [], None)


def test_what_it_says_to_paste_lets_the_client_in(why):
    told = facts(why, TOKEN)
    _ptrgate, verb, *arguments = shlex.split(told["exemption"]["command"])
    status, said = why(*arguments, verb=verb)
    assert status == 0
    assert f"- {told['exemption']['inventory']}" in said
    again = facts(why, TOKEN)
    assert again["today"]["rule"] == "exemption:198-51-100-20"
    assert again["exemption"] is None
    assert "the action: it was refuse, it would be accept" in again["changed"]


def test_today_knows_what_is_remembered_as_the_milter_does(why, tmp_path):
    memory = Memory(tmp_path / "state", days=30, entries=1000, tell=print)
    memory.passed(CLIENT)
    memory.flush()
    told = facts(why, CLIENT)
    assert (told["today"]["rule"], told["today"]["would"]) == ("remembered", "refuse")
    assert told["exemption"]["command"].startswith(f"ptrgate exempt add {CLIENT}/32 ")


def test_nothing_that_a_stranger_sent_is_in_what_is_pasted(why, monkeypatch):
    monkeypatch.setattr(here, "account", lambda: "o'neill; reboot")
    command = facts(why, CLIENT)["exemption"]["command"]
    assert re.fullmatch(
        r"ptrgate exempt add 198\.51\.100\.20/32 --until \S+ --owner 'o'\"'\"'neill; reboot'"
        rf" --reason 'no_ptr, notice {ref(TOKEN)}'",
        command,
    )


def test_a_notice_of_another_host_is_read_without_its_line(why):
    elsewhere = mint(Notice(THEN, Finding.FORGED, Action.REFUSE, CLIENT), Keys.read(KEY))
    told = facts(why, elsewhere)
    assert (told["notice"]["finding"], told["sessions"]) == ("forged", [])
    assert "another host of the fleet spoke" in told["notes"][0]
    assert told["today"]["finding"] == "no_ptr"


def test_a_strange_key_is_said_and_the_line_found_all_the_same(why, tmp_path):
    (tmp_path / "strange").write_text("0 " + "cd" * 32)
    told = facts(why, TOKEN, keys=("--keys", str(tmp_path / "strange")))
    assert told["notice"] is None
    assert told["notes"] == [
        "this notice was not signed with the keys of this host: its signature is wrong"
    ]
    assert len(told["sessions"]) == 2


@pytest.mark.parametrize("text", ["0" * 10, "AAAAAAA1", "nobody@example.org"])
def test_what_is_not_known_is_said(why, text):
    assert "the journal of this host says nothing of it" in str(facts(why, text, status=1)["notes"])


def test_who_may_not_read_the_journal_is_told_who_may(why, tmp_path):
    program = tmp_path / "journalctl"
    program.write_text("#!/bin/sh\necho 'Hint: You are currently not seeing messages from' >&2\n")
    told = facts(why, CLIENT, status=1)
    assert told["notes"] == ["the journal is read by root or the group systemd-journal: use sudo"]
    assert told["today"]["finding"] == "no_ptr"

# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, as an operator or a script calls it, against a nameserver on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dns.rcode
import pytest

from ptrgate.cli.frame import VERBS, main
from tests.unit.nameserver import from_zone, serving, with_rcode

ROOT = Path(__file__).parents[2]
KEYS = [
    "address",
    "iprev",
    "finding",
    "rule",
    "action",
    "would",
    "reply",
    "names",
    "truncated",
    "reason",
    "queries",
    "ms",
    "policy",
    "paused",
    "breaker",
    "remembered",
    "notes",
]
ZONE = {
    ("10.100.51.198.in-addr.arpa.", "PTR"): ["mx.example.org."],
    ("mx.example.org.", "A"): ["198.51.100.10"],
    ("11.100.51.198.in-addr.arpa.", "PTR"): ["mail.example.org."],
    ("mail.example.org.", "A"): ["198.51.100.99"],
    ("30.100.51.198.in-addr.arpa.", "PTR"): ["dsl-198-51-100-30.isp.example."],
    ("dsl-198-51-100-30.isp.example.", "A"): ["198.51.100.30"],
}
POLICY = """
help_url = "http://help.company.example/"
[own]
networks = ["203.0.113.0/28"]
[[exemptions]]
id = "partner"
network = "198.51.100.11"
reason = "moves house in May"
"""


@pytest.fixture(scope="module")
def nameserver():
    with serving(from_zone(ZONE)) as server:
        yield "{}:{}".format(*server.address)


@pytest.fixture
def policy(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    return str(file)


def checked(capsys, *arguments):
    status = main(["check", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("address", "outcome", "codes"),
    [
        ("198.51.100.10", (0, "pass", "ok"), None),
        ("::ffff:198.51.100.10", (0, "pass", "ok"), None),
        ("198.51.100.11", (1, "fail", "forged"), "550 5.7.25"),
        ("198.51.100.12", (1, "permerror", "no_ptr"), "550 5.7.25"),
        ("2001:db8::1", (2, "permerror", "no_ptr"), "451 4.7.25"),
        ("198.51.100.30", (1, "pass", "dynamic"), "550 5.7.1"),
    ],
)
def test_json(capsys, nameserver, address, outcome, codes):
    status, facts = checked(capsys, address, "--nameserver", nameserver)
    assert list(facts) == KEYS
    assert (status, facts["iprev"], facts["finding"]) == outcome
    assert (facts["reply"] and " ".join(facts["reply"].split()[:2])) == codes
    assert facts["address"] == address.removeprefix("::ffff:")


def test_json_names(capsys, nameserver):
    _status, facts = checked(capsys, "198.51.100.11", "--nameserver", nameserver)
    name = {"name": "mail.example.org", "addresses": ["198.51.100.99"], "result": "mismatch"}
    assert (facts["names"], facts["queries"], facts["truncated"]) == ([name], 2, False)


def test_failed_lookup_defers(capsys):
    with serving(lambda query, _tcp: [with_rcode(query, dns.rcode.SERVFAIL)]) as server:
        where = "{}:{}".format(*server.address)
        status, facts = checked(capsys, "198.51.100.10", "--nameserver", where)
    assert (status, facts["iprev"], facts["finding"]) == (2, "temperror", "dns_failure")
    assert facts["reason"] == f"SERVFAIL from {where}"


@pytest.mark.parametrize(
    ("address", "rule", "reason"),
    [
        ("10.1.2.3", "private_address", "10.1.2.3 is a private address (RFC 1918)"),
        ("203.0.113.5", "own_network", "203.0.113.5 is in a network of our own"),
        ("198.51.100.11", "exemption:partner", "exempt: partner, moves house in May"),
    ],
)
def test_nothing_is_asked_where_the_address_decides(capsys, policy, address, rule, reason):
    status, facts = checked(capsys, address, "--nameserver", "127.0.0.1:1", "--policy", policy)
    assert (status, facts["rule"], facts["iprev"], facts["finding"]) == (0, rule, None, None)
    assert (facts["names"], facts["queries"], facts["reply"]) == ([], 0, None)
    assert reason in facts["reason"]


def test_policy_gives_the_reply_its_page(capsys, policy, nameserver):
    where = ["--nameserver", nameserver, "--policy", policy]
    _status, facts = checked(capsys, "198.51.100.12", *where)
    assert facts["reply"].endswith("(PTR). See http://help.company.example/no_ptr")


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ("198.51.100.10", ["PTR   mx.example.org", "A     198.51.100.10  (leads back)", "accept"]),
        ("198.51.100.11", ["(does not lead back)", "forged (forward_mismatch)", "Ask: "]),
        ("198.51.100.12", ["PTR   none", "refuse (rule default)", "550 5.7.25", "Who: "]),
        ("10.1.2.3", ["not asked", "accept (rule private_address)"]),
    ],
)
def test_story(capsys, nameserver, address, lines):
    main(["check", address, "--nameserver", nameserver])
    story = capsys.readouterr().out
    assert all(line in story for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["check"],
        ["check", "mx.example.org"],
        ["check", "198.51.100.1", "--nameserver", "ns.example"],
        ["check", "198.51.100.1", "--wrong"],
        ["config"],
    ],
)
def test_usage_is_64(capsys, arguments):
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    assert status == 64
    said = capsys.readouterr()
    assert "usage: ptrgate" in said.err + said.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_helps(capsys, verb):
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    assert f"ptrgate {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("text", ['mode = "x"', "nonsense", None])
def test_bad_policy_is_78(capsys, tmp_path, text):
    file = tmp_path / "policy.toml"
    if text is not None:
        file.write_text(text)
    assert main(["check", "198.51.100.1", "--policy", str(file)]) == 78
    assert main(["config", "--check", str(file)]) == 78
    assert str(file) in capsys.readouterr().err


def test_own_failure_is_70(monkeypatch, nameserver, caplog):
    monkeypatch.setattr("ptrgate.cli.check.judge", lambda *_: 1 / 0)
    assert main(["check", "198.51.100.10", "--nameserver", nameserver]) == 70
    assert "mistake of ours" in caplog.text


def test_config_check_tells_the_longest_reply(capsys, policy):
    assert main(["config", "--check", policy, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["ok"], facts["problems"]) == (True, [])
    assert facts["longest_reply"].startswith("550 5.7.25 Relaying denied (may be forged): xxx")
    assert "reachable.domains is empty" in facts["notes"][0]
    assert main(["config", "--check", policy]) == 0
    assert "of 400 octets" in capsys.readouterr().out


def test_a_policy_may_come_out_of_a_pipe():
    command = [sys.executable, "-m", "ptrgate", "config", "--check", "/dev/stdin"]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, check=True,
        input='mode = "observe"', capture_output=True, text=True,
    )  # fmt: skip
    assert "/dev/stdin is in order" in done.stdout


def test_module_runs_in_a_checkout(nameserver):
    command = [sys.executable, "-m", "ptrgate", "check", "198.51.100.12"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *sys.path])}
    done = subprocess.run(
        [*command, "--nameserver", nameserver], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_walk_adds_what_the_module_would_say(capsys, nameserver):
    status, facts = checked(capsys, "198.51.100.12", "--nameserver", nameserver, "--walk")
    assert (status, list(facts)) == (1, [*KEYS, "walk"])
    assert (facts["walk"]["diagnosis"], facts["walk"]["verdict"]) == ("no_ptr", "fail")
    main(["check", "198.51.100.12", "--nameserver", nameserver, "--walk"])
    assert "What to ask for: Please set the PTR record" in capsys.readouterr().out

# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy file and what it decides."""

import re
from datetime import date
from pathlib import Path

import pytest

from ptrgate.judge.advice import longest_replies, notes
from ptrgate.judge.finding import judge
from ptrgate.judge.policy import (
    BadPolicy,
    Circumstances,
    Policy,
    before_lookup,
    decide,
    is_reachable,
    load,
)
from ptrgate.judge.schema import ACTIONS, DEFER_HOURS, EXEMPTION, TABLES, TOP
from ptrgate.judge.terms import Naming
from ptrgate.judge.words import Action, Finding, Point
from tests.unit.zone import FAILS, Zone

ROOT = Path(__file__).parents[2]
HEAD = 'help_url = "http://help.company.example"\n'
TODAY = date(2026, 7, 1)
ORDINARY = Circumstances(today=TODAY)
V4, V6 = "198.51.100.10", "2001:db8::10"
LINE = "dsl-198-51-100-10.partner.example"


def policy(text=""):
    return load(HEAD + text, source="policy.toml")


def exemption(**keys):
    table = {"id": "partner"} | keys
    lines = [f'{key} = "{value}"' for key, value in table.items()]
    return policy("\n".join(["[[exemptions]]", *lines]))


def test_default_is_enforcing_without_exemptions():
    built_in = Policy.default()
    assert (built_in.mode, built_in.refuse_at, built_in.exemptions) == ("enforce", "rcpt", ())
    assert built_in.action(Finding.NO_PTR, 4) is Action.REFUSE
    assert built_in.action(Finding.NO_PTR, 6) is Action.DEFER
    assert built_in.action(Finding.DNS_FAILURE, 4) is Action.DEFER


def test_file_without_keys_is_the_default():
    assert policy().actions == Policy.default().actions
    assert len(policy().digest) == 8


FULL = """
mode = "observe"
refuse_at = "mail"
on_error = "defer"
[actions]
dynamic = "tag"
[actions.forged]
v6 = "log"
[lookup]
nameservers = ["127.0.0.1", "[::1]:5300"]
try_seconds = 1
total_seconds = 4.5
[own]
names = ["MX.company.example."]
addresses = ["203.0.113.41", "::ffff:203.0.113.42"]
networks = ["203.0.113.0/28"]
[reachable]
localparts = ["Postmaster"]
domains = ["Company.example"]
[naming]
point = "strict"
servers = ["Clean.example.net."]
lines = ["isp.example.net"]
[memory]
days = 7
entries = 5000
[breaker]
action = "accept"
canaries = ["192.0.2.53 NS.company.example."]
[milter]
workers = 3
"""


def test_every_key_is_read():
    full = policy(FULL)
    assert (full.mode, full.refuse_at, full.on_error) == ("observe", "mail", "defer")
    assert [full.action(Finding.DYNAMIC, v) for v in (4, 6)] == ["tag", "tag"]
    assert [full.action(Finding.FORGED, v) for v in (4, 6)] == ["refuse", "log"]
    assert full.nameservers == (("127.0.0.1", 53), ("::1", 5300))
    assert (full.try_seconds, full.total_seconds, full.milter_workers) == (1, 4.5, 3)
    assert full.own_names == {"mx.company.example"}
    assert {str(a) for a in full.own_addresses} == {"203.0.113.41", "203.0.113.42"}
    assert full.reachable_domains == {"company.example"}
    assert full.naming == Naming(
        Point.STRICT, frozenset({"clean.example.net"}), frozenset({"isp.example.net"})
    )
    assert (full.memory_days, full.memory_entries, full.breaker_action) == (7, 5000, "accept")
    assert [(str(c.address), c.name) for c in full.canaries] == [
        ("192.0.2.53", "ns.company.example")
    ]


WRONG = """
mood = "enforce"
mode = "strict"
refuse_at = 3
[actions.no_ptr]
v4 = "reject"
v5 = "refuse"
[actions.dns_failure]
v4 = "refuse"
[actions.forge]
v4 = "refuse"
[lookup]
nameservers = ["ns.example"]
try_seconds = "2"
total_seconds = true
[own]
addresses = "192.0.2.1"
networks = ["203.0.113.5/28"]
[reachable]
domain = []
[milter]
workers = 2.5
[defer_hours]
forged = 121
dns_failure = 4
dynamic = true
[written_to]
hours = -1
[[exemptions]]
network = "203.0.113.0/28"
[[exemptions]]
id = "nothing-given"
[[exemptions]]
id = "anybody"
sender_domain = "partner.example"
[[exemptions]]
id = "top-level"
name_suffix = "com"
[[exemptions]]
id = "twice"
recipient = "a@company.example"
[[exemptions]]
id = "twice"
recipient = "b@company.example"
expires = "soon"
[[exemptions]]
id = "twice"
recipient = "c@company.example"
"""


def test_every_problem_is_told_at_once():
    with pytest.raises(BadPolicy) as caught:
        policy(WRONG)
    problems = {problem.key: problem for problem in caught.value.problems}
    assert set(problems) == {
        "mood", "mode", "refuse_at", "actions.no_ptr.v4", "actions.no_ptr.v5",
        "actions.dns_failure.v4", "actions.forge", "lookup.nameservers", "lookup.try_seconds",
        "lookup.total_seconds", "own.addresses", "own.networks", "reachable.domain",
        "defer_hours.forged.v4", "defer_hours.forged.v6", "defer_hours.dns_failure",
        "defer_hours.dynamic.v4", "defer_hours.dynamic.v6", "written_to.hours",
        "milter.workers", "exemptions[1].id", "exemptions[2]", "exemptions[3]",
        "exemptions[4].name_suffix", "exemptions[6].expires", "exemptions[7].id",
    }  # fmt: skip
    assert all(problem.file == "policy.toml" for problem in problems.values())
    assert "mode" in problems["mood"].allowed
    assert "actions.forged" in problems["actions.forge"].allowed
    assert problems["milter.workers"].variable == "engine_milter_workers"


def test_problem_is_a_sentence():
    with pytest.raises(BadPolicy) as caught:
        policy('mode = "strict"')
    assert str(caught.value) == (
        'policy.toml: mode: found \'strict\'; allowed: "observe" or "enforce"'
        " (role variable engine_mode)"
    )


URLS = ["", "help.company.example", "ftp://x.example", "http://", "http://x//y", "http://x y"]
ODD_URLS = ["http://x/%41", r"http://x\ny", "http://x/?a", f"http://{'x' * 200}"]


@pytest.mark.parametrize("url", [*URLS, *ODD_URLS])
def test_help_url_that_cannot_be_spoken(url):
    with pytest.raises(BadPolicy, match="help_url"):
        load(f'help_url = "{url}"', source="policy.toml")


def test_observing_needs_no_help_url():
    assert load('mode = "observe"', source="policy.toml").help_url == ""


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        pytest.param("milter.workers = 0x" + "f" * 5000, "milter.workers", "end", id="long hex"),
        pytest.param('"" = 1', '""', "not exist", id="a key of no letters"),
        pytest.param('"a\\nb" = 1', "'a\\nb'", "not exist", id="a key of two lines"),
        pytest.param(f"{'k' * 99} = 1", f"'{'k' * 56}...", "not exist", id="a long key"),
    ],
)
def test_odd_keys_and_values_are_told_in_one_short_line(text, key, found):
    with pytest.raises(BadPolicy) as caught:
        load('mode = "observe"\n' + text, source="policy.toml")
    (problem,) = caught.value.problems
    assert problem.key == key
    assert found in problem.found


def test_of_very_many_problems_some_are_told_and_all_are_there():
    with pytest.raises(BadPolicy) as caught:
        policy("".join(f"key_{number} = 1\n" for number in range(5000)))
    lines = str(caught.value).splitlines()
    assert (len(caught.value.problems), len(lines)) == (5000, 21)
    assert lines[-1] == "and 4980 more of that; `ptrgate config --check --json FILE` has all"


def test_problems_come_in_the_order_of_the_file():
    text = "".join(f"key_{number} = 1\n" for number in range(20)) + 'mode = "observe"\n'
    with pytest.raises(BadPolicy) as caught:
        load(text, source="policy.toml")
    assert [problem.key for problem in caught.value.problems] == [f"key_{n}" for n in range(20)]


@pytest.mark.parametrize(
    "text", ["mode =", "a = " + "[" * 5000, "mode = 1\nmode = 2", "a = " + "9" * 5000]
)
def test_text_that_is_no_toml(text):
    with pytest.raises(BadPolicy, match=r"TOML 1\.0"):
        load(text, source="policy.toml")


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("203.0.113.1", "own_network"),
        ("203.0.113.41", "private_address"),
        ("10.0.0.1", "private_address"),
        ("172.31.255.255", "private_address"),
        ("192.168.0.1", "private_address"),
        ("100.64.0.1", "private_address"),
        ("127.0.0.53", "private_address"),
        ("169.254.1.1", "private_address"),
        ("0.0.0.1", "private_address"),
        ("::", "private_address"),
        ("::1", "private_address"),
        ("fe80::1%eth0", "private_address"),
        ("fd00::1", "private_address"),
        ("::ffff:10.0.0.1", "private_address"),
        ("192.0.2.1", None),
        ("198.51.100.1", None),
        ("203.0.113.99", None),
        ("198.19.0.1", None),
        ("2001:db8::1", None),
        ("172.32.0.1", None),
        ("100.128.0.1", None),
    ],
)
def test_before_lookup(address, rule):
    decision = before_lookup(policy(FULL), address)
    assert (decision and decision.rule) == rule
    assert decision is None or decision.action is Action.ACCEPT


def decided(chosen, records=None, address=V4, **known):
    judgement = judge(address, Zone(records or {}), chosen)
    decision = decide(chosen, judgement, **{"circumstances": ORDINARY} | known)
    return decision.rule, decision.action.value, decision.would.value


REFUSED = ("default", "refuse", "refuse")
EXEMPT = ("exemption:partner", "accept", "refuse")


@pytest.mark.parametrize(
    ("records", "address", "expected"),
    [
        ({V4: ["a.example"], "a.example": [V4]}, V4, ("default", "accept", "accept")),
        ({}, V4, REFUSED),
        ({}, V6, ("default", "defer", "defer")),
        ({V4: FAILS}, V4, ("default", "defer", "defer")),
        ({V6: ["a.example"]}, V6, REFUSED),
        ({V4: [LINE], LINE: [V4]}, V4, REFUSED),
    ],
)
def test_default_rule(records, address, expected):
    assert decided(policy(), records, address) == expected


CONFIRMED = {V4: [LINE], LINE: [V4]}


@pytest.mark.parametrize(
    ("conditions", "known", "expected"),
    [
        pytest.param({"network": "198.51.100.0/24"}, {}, EXEMPT, id="network"),
        pytest.param({"network": "198.51.101.0/24"}, {}, REFUSED, id="another network"),
        pytest.param({"network": "2001:db8::/32"}, {}, REFUSED, id="the other family"),
        pytest.param({"name_suffix": "partner.example"}, {}, EXEMPT, id="confirmed suffix"),
        pytest.param({"name_suffix": ".Partner.Example"}, {}, EXEMPT, id="however it is written"),
        pytest.param({"name_suffix": "ner.example"}, {}, REFUSED, id="not within a label"),
        pytest.param(
            {"sender_domain": "b.example", "spoofable": "accepted"},
            {"sender": "<A@B.example>"}, EXEMPT, id="sender domain",
        ),
        pytest.param(
            {"sender_domain": "b.example", "spoofable": "accepted"},
            {"sender": "a@x.b.example"}, REFUSED, id="a domain below is another",
        ),
        pytest.param(
            {"sender_domain": "b.example", "spoofable": "accepted"}, {}, REFUSED, id="not known yet"
        ),
        pytest.param(
            {"recipient": "a@c.example"}, {"recipient": "A@c.example"}, EXEMPT, id="recipient"
        ),
        pytest.param(
            {"recipient": "a@c.example"}, {"recipient": "b@c.example"}, REFUSED, id="another one"
        ),
        pytest.param(
            {"recipient": "c.example"}, {"recipient": "b@C.example"}, EXEMPT, id="recipient domain"
        ),
        pytest.param(
            {"name_suffix": "partner.example", "recipient": "c.example"},
            {"recipient": "b@d.example"}, REFUSED, id="all conditions must hold",
        ),
        pytest.param({"network": V4, "expires": "2026-07-01"}, {}, EXEMPT, id="the last day"),
        pytest.param({"network": V4, "expires": "2026-06-30"}, {}, REFUSED, id="the day after"),
        pytest.param({"network": V4, "recipient": ""}, {}, EXEMPT, id="empty is not given"),
    ],
)  # fmt: skip
def test_exemption(conditions, known, expected):
    assert decided(exemption(**conditions), CONFIRMED, **known) == expected


def test_suffix_of_an_unconfirmed_name_exempts_nobody():
    assert decided(exemption(name_suffix="partner.example"), {V4: [LINE]}) == REFUSED


def test_exemption_by_address_alone_needs_no_lookup():
    chosen = exemption(network="198.51.100.0/24", expires="2026-07-01")
    assert before_lookup(chosen, V4, ORDINARY).rule == "exemption:partner"
    assert before_lookup(chosen, V4, Circumstances(today=date(2026, 7, 2))) is None
    assert before_lookup(exemption(network=V4, recipient="c.example"), V4) is None


@pytest.mark.parametrize(
    ("circumstances", "records", "expected"),
    [
        pytest.param({"paused": True}, {}, ("paused", "accept", "refuse"), id="paused"),
        pytest.param(
            {"remembered": True}, {V4: FAILS}, ("remembered", "accept", "defer"),
            id="who passed lately is not made to wait for a failed lookup",
        ),
        pytest.param(
            {"remembered": True}, {}, ("remembered", "defer", "refuse"),
            id="who passed lately and has no name now is asked to come again",
        ),
        pytest.param(
            {"breaker_open": True}, {}, ("breaker", "defer", "refuse"),
            id="nobody is refused for good while DNS is not believed",
        ),
        pytest.param(
            {"breaker_open": True}, {V4: FAILS}, ("default", "defer", "defer"),
            id="a failed lookup is deferred as ever",
        ),
        pytest.param(
            {"written_to": True}, {}, ("written_to", "defer", "refuse"),
            id="whom our users wrote to is told first",
        ),
        pytest.param(
            {"written_to": True, "warned_for": 86399.0}, {}, ("written_to", "defer", "refuse"),
            id="for a day",
        ),
        pytest.param(
            {"written_to": True, "warned_for": 86400.0}, {}, ("default", "refuse", "refuse"),
            id="and no longer",
        ),
        pytest.param(
            {"written_to": True}, {V4: FAILS}, ("default", "defer", "defer"),
            id="and is never accepted for that",
        ),
    ],
)  # fmt: skip
def test_circumstances_make_it_milder(circumstances, records, expected):
    given = Circumstances(today=TODAY, **circumstances)
    assert decided(policy(), records, circumstances=given) == expected


@pytest.mark.parametrize(
    ("circumstances", "expected"),
    [
        pytest.param({}, ("warned", "defer"), id="never told"),
        pytest.param({"warned_for": 7199.0}, ("warned", "defer"), id="told a while ago"),
        pytest.param({"warned_for": 7200.0}, ("default", "refuse"), id="told long enough ago"),
        pytest.param(
            {"warned_for": 7200.0, "written_to": True}, ("written_to", "defer"),
            id="whom our users wrote to has the longer time",
        ),
        pytest.param({"breaker_open": True}, ("breaker", "defer"), id="DNS is not believed"),
        pytest.param({"remembered": True}, ("remembered", "defer"), id="passed lately"),
        pytest.param({"paused": True}, ("paused", "accept"), id="paused"),
    ],
)  # fmt: skip
def test_defer_hours_go_before_a_refusal(circumstances, expected):
    given = Circumstances(today=TODAY, **circumstances)
    patient = policy("[defer_hours]\nno_ptr = 2\n")
    assert decided(patient, {}, circumstances=given) == (*expected, "refuse")


def test_defer_hours_are_those_of_the_finding_and_family():
    patient = policy("[defer_hours.no_ptr]\nv6 = 24\n[defer_hours]\nforged = 3\n")
    hours = {
        (finding.value, version): patient.patience(finding, version) / 3600
        for finding in Finding
        for version in (4, 6)
    }
    kept = {key: value for key, value in hours.items() if value}
    assert kept == {("no_ptr", 6): 24, ("forged", 4): 3, ("forged", 6): 3}


def test_who_is_authenticated_is_taken():
    assert decided(policy(), authenticated=True) == ("authenticated", "accept", "refuse")


def test_observing_takes_everybody_and_says_what_it_would_have_done():
    assert decided(policy('mode = "observe"')) == ("observe", "accept", "refuse")


REACHABLE = policy('[reachable]\ndomains = ["company.example", "relay.example"]')


@pytest.mark.parametrize(
    ("recipient", "reachable"),
    [
        ("postmaster@company.example", True),
        ("<PostMaster@Relay.Example>", True),
        ("abuse@company.example", True),
        ("postmaster", True),
        ("<Postmaster>", True),
        ('"postmaster"@company.example', True),
        ("abuse", False),
        ("info@company.example", False),
        ("postmaster@elsewhere.example", False),
        ("postmaster@sub.company.example", False),
        ("postmaster@company.example@elsewhere.example", False),
        ("", False),
    ],
)
def test_reachable(recipient, reachable):
    assert is_reachable(REACHABLE, recipient) is reachable
    rule = "postmaster" if reachable else "default"
    assert decided(REACHABLE, recipient=recipient)[0] == rule


def test_notes_tell_what_a_policy_costs():
    costly = exemption(network=V4, expires="2026-01-01")
    assert [note.split(":")[0] for note in notes(costly, TODAY)] == [
        "reachable.domains is empty",
        "breaker.canaries is empty",
        "exemption partner expired on 2026-01-01",
        "exemption partner has no owner, no reason",
    ]
    assert "postmaster" in next(notes(policy('refuse_at = "mail"'), TODAY))


def test_longest_reply_keeps_the_limits():
    longest = load(f'help_url = "http://{"x" * 178}"', source="policy.toml")
    assert len(str(longest_replies(longest)[-1])) <= 400
    assert len(str(longest_replies(Policy.default())[-1])) <= 160


def test_variables_that_problems_name_exist_in_the_role():
    defaults = (ROOT / "roles" / "engine" / "defaults" / "main.yml").read_text(encoding="utf-8")
    declared = set(re.findall(r"^(engine_\w+):", defaults, re.MULTILINE))
    tables = [TOP, EXEMPTION, *TABLES.values(), *ACTIONS.values(), *DEFER_HOURS.values()]
    named = {key.variable for table in tables for key in table.values()} - {""}
    assert named <= declared

# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may be exempted at run time, and what the operator is told."""

import json
from datetime import date, timedelta

import pytest

from ptrgate.cli import here
from ptrgate.cli.frame import main
from ptrgate.judge.policy import Exemption
from ptrgate.shared.grants import EXEMPTIONS, Grant, write_grants
from ptrgate.shared.vetting import KEPT_DAYS, readable_id

TODAY = date(2026, 11, 24)
POLICY = """
help_url = "http://help.company.example/"
[own]
networks = ["203.0.113.0/28"]
[[exemptions]]
id = "partner-network"
network = "198.51.100.40/30"
[[exemptions]]
id = "over"
network = "198.51.100.50"
expires = 2026-11-01
"""
WHO = ["--owner", "jane", "--reason", "their ISP has promised a PTR"]


@pytest.fixture
def exempt(tmp_path, monkeypatch, capsys):
    """Call the verb; return exit status and everything that was said."""
    monkeypatch.setattr(here, "today", lambda: TODAY)
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    (tmp_path / "state").mkdir()

    def call(*arguments):
        paths = ["--policy", str(policy), "--state", str(tmp_path / "state")]
        try:
            status = main(["exempt", *arguments, *paths])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    call.file = tmp_path / "state" / EXEMPTIONS
    return call


def add(exempt, *arguments, days="3", who=WHO):
    return exempt("add", *arguments, "--days", days, *who)


def known(exempt):
    status, said = exempt("list", "--json")
    assert status == 0
    return {row["id"]: row for row in json.loads(said)["exemptions"]}


def test_it_says_what_holds_when_it_ends_and_how_it_is_taken_back(exempt):
    status, said = add(exempt, "198.51.100.20", "--recipient", "Jane@Example.org")
    assert status == 0
    for words in (
        "the client is in 198.51.100.20/32",
        "the recipient is jane@example.org",
        "ends with 2026-11-27 (UTC)",
        "ptrgate exempt remove 198-51-100-20",
        '- {"id": "198-51-100-20", "network": "198.51.100.20/32", "recipient": "jane@example.org"',
    ):
        assert words in said
    row = known(exempt)["198-51-100-20"]
    assert (row["origin"], row["expires"], row["owner"]) == ("host", "2026-11-27", "jane")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "no condition; allowed: at least one of network", id="everybody"),
        pytest.param(["0.0.0.0/0"], "a large part of the Internet", id="the Internet"),
        pytest.param(["::/0", "--wide"], "ptrgate pause --hours 1", id="the other one, even wide"),
        pytest.param(["198.51.0.0/16"], "holds 65,536 addresses", id="a provider"),
        pytest.param(["2001:db8::/32"], "a /48 is let in only with --wide", id="one over IPv6"),
        pytest.param(["198.51.100.7/24"], "a network without host bits", id="host bits"),
        pytest.param(["mx.partner.example"], "a network without host bits", id="a name"),
        pytest.param(["--name-suffix", "example"], "at least two labels", id="a top-level domain"),
        pytest.param(
            ["--sender-domain", "partner.example"],
            "a network or name-suffix besides, or --spoofable",
            id="a sender domain alone",
        ),
        pytest.param(["198.51.100.20", "--id", "a b"], "a short name", id="an id with a blank"),
        pytest.param(
            ["198.51.100.20", "--id", "partner-network"], "choose another --id", id="their id"
        ),
        pytest.param(
            ["198.51.100.40/30"], "(ptrgate_exemptions) has it already", id="the inventory's own"
        ),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_written(exempt, arguments, words):
    status, said = add(exempt, *arguments)
    assert (status, exempt.file.exists()) == (64, False)
    assert words in said


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (["--days", "0"], "allowed: 1 to 90"),
        (["--days", "91"], "allowed: 1 to 90"),
        (["--until", "2026-11-23"], "allowed: from today, 2026-11-24, to 2027-02-22"),
        (["--until", "2027-02-23"], "What lasts longer belongs into the inventory"),
        (["--until", "soon"], "a date such as 2027-01-31"),
        ([], "one of the arguments --days --until is required"),
    ],
)
def test_it_must_end_and_not_too_late(exempt, end, words):
    status, said = exempt("add", "198.51.100.20", *WHO, *end)
    assert (status, exempt.file.exists()) == (64, False)
    assert words in said


@pytest.mark.parametrize("who", [WHO[:2], WHO[2:], [*WHO, "--ticket", "a\nb"], ["--owner", ""]])
def test_somebody_must_answer_for_it_in_one_line(exempt, who):
    assert add(exempt, "198.51.100.20", who=who)[0] == 64


def test_a_second_one_of_the_same_conditions_is_refused(exempt):
    assert add(exempt, "198.51.100.20")[0] == 0
    status, said = add(exempt, "198.51.100.20", days="9")
    assert status == 64
    assert "198-51-100-20, until 2026-11-27. For another end: ptrgate exempt remove" in said
    assert add(exempt, "198.51.100.20", "--recipient", "example.org")[0] == 0
    assert "198-51-100-20-2" in known(exempt)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("198.51.100.41", "exemption partner-network lets 198.51.100.40/30 in anyway"),
        ("203.0.113.7", "never judged anyway: a network of our own"),
        ("10.1.2.3", "a private address (RFC 1918), and such clients are never judged anyway"),
    ],
)
def test_a_needless_one_is_made_and_noted(exempt, network, words):
    status, said = add(exempt, network)
    assert status == 0
    assert words in said


def test_an_expired_one_of_the_inventory_does_not_stand_in_the_way(exempt):
    status, said = add(exempt, "198.51.100.50")
    assert status == 0
    assert "note" not in said


def test_a_mapped_network_is_the_ipv4_one(exempt):
    add(exempt, "::ffff:198.51.100.20")
    assert known(exempt)["198-51-100-20"]["network"] == "198.51.100.20/32"


@pytest.mark.parametrize(
    ("conditions", "identity"),
    [
        ({"name_suffix": "partner.example"}, "partner-example"),
        ({"recipient": "a.b@c.example"}, "a-b-c-example"),
        ({"sender_domain": "x" * 60 + ".example"}, "x" * 36),
    ],
)
def test_an_id_can_be_read(conditions, identity):
    assert readable_id(Exemption("new", **conditions), ()) == identity
    assert readable_id(Exemption("new", **conditions), {identity}) == identity + "-2"


def test_the_list_shows_both_kinds_those_that_end_first_on_top(exempt):
    add(exempt, "198.51.100.20")
    _status, said = exempt("list")
    words = [line.split() for line in said.splitlines()]
    assert [line[0] for line in words] == ["id", "over", "198-51-100-20", "partner-network"]
    assert words[1][1:3] == ["2026-11-01", "(over)"]
    assert words[2][3:5] == ["host", "jane"]
    assert words[3][1:5] == ["for", "ever", "198.51.100.40/30", "inventory"]


def test_what_the_inventory_says_is_removed_there(exempt):
    status, said = exempt("remove", "partner-network")
    assert status == 64
    assert "take it out of ptrgate_exemptions" in said


def test_removing_takes_it_away_and_a_stranger_is_named(exempt):
    add(exempt, "198.51.100.20")
    assert exempt("remove", "nosuch") == (
        64,
        "not done: there is no exemption nosuch here; there is 198-51-100-20\n",
    )
    assert exempt("remove", "198-51-100-20")[0] == 0
    assert set(known(exempt)) == {"partner-network", "over"}


def test_an_expired_one_is_shown_for_some_days_and_may_be_made_anew(exempt):
    def ended(identity, days):
        end = TODAY - timedelta(days=days)
        return Grant(Exemption(identity, recipient="a.example", owner="x", reason="x", expires=end))

    grants = [ended("old", KEPT_DAYS + 1), ended("young", KEPT_DAYS)]
    exempt.file.write_text(write_grants(grants))
    assert known(exempt)["old"]["expired"] is True
    assert add(exempt, "--recipient", "a.example", "--id", "young")[0] == 0
    assert {"old", "young"} & set(known(exempt)) == {"young"}
    assert known(exempt)["young"]["expired"] is False


@pytest.mark.parametrize("order", [["add", "198.51.100.20", *WHO, "--days", "1"], ["list"]])
def test_a_damaged_file_is_not_written_over(exempt, order):
    exempt.file.write_text("nonsense")
    status, said = exempt(*order)
    assert (status, exempt.file.read_text()) == (70, "nonsense")
    assert "Put that right, or move the file away" in said


def handed_over(exempt, tmp_path, *arguments, change=lambda text: text):
    """Import what was exported, perhaps changed on the way."""
    file = tmp_path / "exported.json"
    file.write_text(change(exempt("export")[1]))
    return exempt("import", str(file), *arguments, "--json")


def test_what_one_host_exports_another_takes_over_once(exempt, tmp_path):
    add(exempt, "198.51.100.20")
    exported = exempt("export")[1]
    exempt("remove", "198-51-100-20")
    file = tmp_path / "exported.json"
    file.write_text(exported)
    said = [json.loads(exempt("import", str(file), "--json")[1]) for _ in range(2)]
    assert said == [
        {"new": ["198-51-100-20"], "left_out": {}},
        {"new": [], "left_out": {"198-51-100-20": "is here already"}},
    ]
    assert known(exempt)["198-51-100-20"]["owner"] == "jane"


def test_a_dry_run_takes_nothing_over(exempt, tmp_path):
    add(exempt, "198.51.100.20")
    status, said = handed_over(
        exempt, tmp_path, "--dry-run", change=lambda text: text.replace("198-51-100-20", "other")
        .replace("198.51.100.20", "198.51.100.21")
    )  # fmt: skip
    assert (status, json.loads(said)["new"]) == (0, ["other"])
    assert "other" not in known(exempt)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(("198.51.100.20/32", "198.51.100.21/32"), "already; choose another", id="id"),
        pytest.param(("2026-11-27", "2027-11-27"), "which is 90 days", id="a year"),
        pytest.param(('"version": 1', '"version": 2'), "version", id="another version"),
        pytest.param(('"owner": "jane",', ""), "owner", id="nobody answers for it"),
    ],
)
def test_what_will_not_do_is_not_taken_over(exempt, tmp_path, change, words):
    add(exempt, "198.51.100.20")
    status, said = handed_over(exempt, tmp_path, change=lambda text: text.replace(*change))
    assert status != 0
    assert words in said
    assert known(exempt)["198-51-100-20"]["expires"] == "2026-11-27"


def test_one_that_is_ended_stays_on_the_list(exempt):
    add(exempt, "198.51.100.20")
    assert exempt("expire", "198-51-100-20")[0] == 0
    row = known(exempt)["198-51-100-20"]
    assert (row["expired"], row["expires"]) == (True, "2026-11-23")
    assert exempt("expire", "198-51-100-20")[0] == 64

# SPDX-License-Identifier: GPL-3.0-or-later
"""The card at the end of a deployment: what is wrong is marked, and says who can mend it."""

import pytest

from filter_plugins.judged import judged
from filter_plugins.networks_with import networks_with
from filter_plugins.report_card import report_card

FOUND = {
    "smtp": {
        "port25": "220 mx.example.org ESMTP",
        "mail": "250 2.1.0 Ok",
        "postmaster": "250 2.1.5 Ok",
        "foreign": "554 5.7.1 Relay access denied",
    },
    "resolver": "validates",
    "gate": {"mode": "prove", "rung": "direct", "would": "direct"},
    "page": "answers",
    "pause": "",
}
TOLD = {
    "hostname": "mx.example.org",
    "mode": "enforce",
    "refuse_at": "rcpt",
    "help_url": "http://help.example.org",
    "release": "3f9c2a7d51e0",
    "changes": [],
}


def wrong(found, told=()):
    lines = report_card({**FOUND, **found}, {**TOLD, **dict(told)})
    return [line.split()[1] for line in lines if line.startswith("!!")]


def test_nothing_is_wrong_with_a_good_host():
    assert wrong({}) == []


def test_the_title_names_host_and_release():
    assert report_card(FOUND, TOLD)[0] == "mx.example.org, release 3f9c2a7d51e0"


@pytest.mark.parametrize(
    ("found", "part"),
    [
        pytest.param(
            {"smtp": {**FOUND["smtp"], "port25": "no answer: refused"}},
            "port",
            id="nobody on port 25",
        ),
        pytest.param(
            {"pause": "until 2027-01-31T04:00:00Z (the resolver lies; jane)"}, "PAUSED", id="paused"
        ),
        pytest.param(
            {"pause": "not known: pause.json: the file: found nothing; allowed: JSON"},
            "pause",
            id="a damaged pause",
        ),
        pytest.param(
            {"smtp": {**FOUND["smtp"], "mail": "451 4.7.1 later"}}, "milter", id="no milter"
        ),
        pytest.param({"smtp": {**FOUND["smtp"], "foreign": "250 Ok"}}, "relay", id="an open relay"),
        pytest.param(
            {"smtp": {**FOUND["smtp"], "postmaster": "550 no"}},
            "postmaster",
            id="postmaster refused",
        ),
        pytest.param({"resolver": "does not validate"}, "resolver", id="not validating"),
        pytest.param(
            {"gate": {"mode": "prove", "rung": "hold", "would": "hold"}}, "gate", id="outbound held"
        ),
        pytest.param({"gate": {}}, "gate", id="no gate"),
        pytest.param(
            {"gate": {"mode": "prove", "rung": "direct", "would": "hold", "override": "x; jane"}},
            "gate",
            id="gate overridden",
        ),
        pytest.param({"page": "does not answer: timed out"}, "help", id="no help page"),
    ],
)
def test_what_is_wrong_is_marked(found, part):
    assert wrong(found) == [part]


def test_a_refusal_at_mail_is_the_milter_at_work():
    smtp = {"port25": FOUND["smtp"]["port25"], "mail": "521 5.7.25 Relaying denied"}
    assert wrong({"smtp": smtp}, {"refuse_at": "mail"}) == []


def test_an_observing_gate_says_what_it_would_do():
    gate = {"mode": "observe", "rung": "direct", "would": "hold"}
    assert "only observes, and would be closed" in "\n".join(
        report_card({**FOUND, "gate": gate}, TOLD)
    )


@pytest.mark.parametrize(
    ("networks", "addresses", "found"),
    [
        (["192.0.2.0/24", "2001:db8::/32"], ["192.0.2.1"], ["192.0.2.0/24"]),
        (["0.0.0.0/0"], ["192.0.2.1"], ["0.0.0.0/0"]),
        (["198.51.100.7"], ["198.51.100.7", "2001:db8::1"], ["198.51.100.7"]),
        (["192.0.2.0/24"], ["2001:db8::1"], []),
        (["192.0.2.0/24"], [], []),
    ],
)
def test_networks_are_found_by_what_they_contain(networks, addresses, found):
    assert networks_with(networks, addresses) == found


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("policy.toml", 'mode = "observe"\n', []),
        ("policy.toml", 'mode = "enfroce"\n', ["policy.toml: mode: found 'enf", "engine_mode"]),
        ("gate.toml", "interval = 60\n", []),
        ("gate.toml", "interval = 0\npears = []\n", ["gate.toml: interval", "pears is not"]),
        ("page.toml", "domains = 7\n", ["page.toml: domains"]),
        ("requests.toml", "days = 0\n", ["toml: days is 0", "toml: relay is missing"]),
        ("requests.toml", "days =", ["requests.toml: not TOML"]),
    ],
)
def test_what_a_role_writes_is_judged_by_who_reads_it(file, text, words):
    said = judged(text, file)
    assert [each for each in words if each not in said] == []
    assert bool(said) == bool(words), said

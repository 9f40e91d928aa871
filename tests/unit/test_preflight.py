# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of a fleet: who may send directly, whom to ask for what, in lines that fit."""

import pytest

from filter_plugins.fleet_report import fleet_report
from filter_plugins.fleet_table import fleet_table

SKIPPED = {"skipped": True, "changed": False}
GONE = {"unreachable": True, "msg": "Failed to connect to the host via ssh: No route to host"}
BLANK = {"failed": True, "msg": "Failed to import the required Python library (dnspython >= 2.3)"}


def row(address, verdict="pass", diagnosis="ok", **more):
    """Return a row as own_ptr_info returns it."""
    base = {"address": address, "family": "ipv6" if ":" in address else "ipv4"}
    words = {"title": "A title", "who": "Somebody", "ask": "Please help.", "zone": None}
    lists = {"records": [], "advice": [], "names": []}
    return base | {"verdict": verdict, "diagnosis": diagnosis} | words | lists | more


def found(*rows, **more):
    """Return what own_ptr_info returns."""
    return {"changed": False, "results": list(rows), "smarthost": []} | more


GOOD, BAD = row("192.0.2.25"), row("192.0.2.26", "fail", "no_ptr")
GOOD6, LOST6 = row("2001:db8::25"), row("2001:db8::26", "unknown", "dns_failure")


@pytest.mark.parametrize(
    ("here", "there", "direct", "families", "asked_from"),
    [
        pytest.param(found(GOOD, GOOD6), SKIPPED, True, ["ipv4", "ipv6"], "host", id="all pass"),
        pytest.param(found(GOOD), SKIPPED, True, ["ipv4"], "host", id="one family is enough"),
        pytest.param(found(GOOD, LOST6), SKIPPED, False, ["ipv4"], "host", id="unknown"),
        pytest.param(found(GOOD, BAD, GOOD6), SKIPPED, False, ["ipv6"], "host", id="one fails"),
        pytest.param(found(), SKIPPED, False, [], "host", id="no address"),
        pytest.param(BLANK, found(GOOD), True, ["ipv4"], "controller", id="no dnspython there"),
        pytest.param(BLANK, found(), False, [], "controller", id="no address to ask about"),
        pytest.param(BLANK, BLANK, False, [], "nobody", id="none anywhere"),
        pytest.param(GONE, SKIPPED, False, [], "nobody", id="unreachable"),
    ],
)
def test_who_may_send_directly(here, there, direct, families, asked_from):
    report = fleet_report(["mx"], [here], [there], [[]])
    (host,) = report["hosts"]
    assert (report["all_direct"], host["direct"], host["families"]) == (direct, direct, families)
    assert host["asked_from"] == asked_from


WRONG = {"failed": True, "msg": "own_ptr_info: 'x' is not an IPv4 or IPv6 address."}


@pytest.mark.parametrize(
    ("here", "there", "wanted", "verdict", "words"),
    [
        (GONE, SKIPPED, [], "- unreachable not_asked", "No route to host. Whoever runs this host:"),
        (GONE, SKIPPED, ["192.0.2.25"], "192.0.2.25 unreachable not_asked", "can you log in by"),
        (found(), SKIPPED, [], "- unknown not_asked", "declare the addresses that mail leaves"),
        (BLANK, found(GOOD), [], "192.0.2.25 pass ok", "from the controller; on the host: dnspyth"),
        (BLANK, found(), [], "- unknown not_asked", "is missing; no address is declared, and none"),
        (
            BLANK, BLANK, ["192.0.2.25"], "192.0.2.25 unknown not_asked",
            "Whoever runs Ansible: install dnspython for the Python that runs it",
        ),
        (
            WRONG, WRONG, ["x"], "x unknown not_asked",
            "on the controller: own_ptr_info: 'x' is not an IPv4 or IPv6 address. Whoever runs",
        ),
    ],
)  # fmt: skip
def test_what_could_not_be_asked_is_a_line_with_a_remedy(here, there, wanted, verdict, words):
    lines = fleet_table(fleet_report(["mx"], [here], [there], [wanted]))
    assert lines[1].split() == ["mx", *verdict.split()]
    assert words in " ".join(" ".join(lines[2:]).split())


def test_nobody_is_not_everybody():
    assert fleet_report([], [], [], [])["all_direct"] is False


def test_the_table_says_whom_to_ask_for_what():
    zone = {"zone": "2.0.192.in-addr.arpa", "nameservers": ["ns.isp.example"], "contact": ""}
    advice = [{"about": "several_names", "text": "It has two names."}]
    records = ["26.2.0.192.in-addr.arpa. PTR mx2.example.org."]
    bad = BAD | {"zone": zone, "records": records, "advice": advice}
    relay = [row("192.0.2.99", "fail", "no_ptr"), row("192.0.2.98")]
    here = [found(GOOD), found(bad, smarthost=relay)]
    assert fleet_table(fleet_report(["mx", "mx2"], here, [SKIPPED, SKIPPED], [[], []])) == [
        "HOST  ADDRESS     VERDICT  DIAGNOSIS",
        "mx    192.0.2.25  pass     ok",
        "mx2   192.0.2.26  fail     no_ptr",
        "",
        "mx2, 192.0.2.26: A title.",
        "  Somebody: Please help.",
        "  In charge of 2.0.192.in-addr.arpa: ns.isp.example",
        "  Wanted there:",
        "    26.2.0.192.in-addr.arpa. PTR mx2.example.org.",
        "  Advice: It has two names.",
        "",
        "mx2, smarthost 192.0.2.99 (advice only): A title. Somebody can change",
        "  it.",
        "",
        "1 of 2 hosts may send directly: mx.",
    ]


def test_a_wide_fleet_has_a_line_for_each_host_and_still_fits():
    name = "a-long-name-of-a-host-far-away.data-centre.example.org"
    rows = [row(f"2001:db8:1111:2222:3333:4444:5555:{n}", "fail", "no_ptr") for n in (6666, 7777)]
    words = {"ask": "Please " + "do this and that " * 20}
    here = found(*(one | words for one in rows))
    lines = fleet_table(fleet_report([name, "mx"], [here, found(GOOD)], [SKIPPED] * 2, [[], []]))
    assert (lines.count(name), lines.count("mx")) == (1, 1)
    assert max(len(line) for line in lines if "7777:" not in line) <= 72


def test_a_stranger_s_name_cannot_draw_on_the_terminal():
    bad = BAD | {"ask": "Please ask \x1b[31mred\u202e."}
    lines = fleet_table(fleet_report(["mx"], [found(bad)], [SKIPPED], [[]]))
    assert "  Somebody: Please ask ?[31mred?." in lines

# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacks that must not work, against both appliances (design 4)."""

import json

FAILED = "451 4.7.25 Reverse DNS of "
NAMELESS, GOOD = "198.51.100.20", "198.51.100.10"


def codes(told):
    return {reply[:3] for reply in told.values()}


def good(told):
    return {address: reply for address, reply in told.items() if address != NAMELESS}


def test_before_all_that_good_clients_are_taken_and_others_refused(day):
    assert codes(good(day.told["first"])) == {"250"}
    assert day.told["first"][NAMELESS].startswith("550 5.7.25 ")


def test_a_crowd_whose_lookups_fail_is_asked_to_come_again_and_disarms_nothing(day):
    assert codes(day.told["crowd"]) == {"451"}
    assert day.told["after the crowd"][NAMELESS].startswith("550 5.7.25 ")


def test_one_probe_from_a_private_network_changes_nothing_for_others(day):
    assert codes(day.told["private"]) == {"250"}
    assert day.told["after the probe"][NAMELESS].startswith("550 5.7.25 ")


def test_who_passed_before_the_restart_is_taken_while_dns_fails(day):
    assert codes(good(day.told["no resolver"])) == {"250"}
    assert day.told["no resolver"][NAMELESS].startswith(FAILED)
    assert day.journal("rule=remembered action=accept")


def test_a_resolver_that_lies_refuses_nobody(day):
    assert codes(day.told["lies"]) == {"451"}
    assert all(reply.startswith(FAILED) for reply in day.told["lies"].values())


def test_it_takes_good_clients_as_soon_as_the_truth_is_told(day):
    assert codes(day.told["truth"]) == {"250"}


def test_it_refuses_again_by_itself(day):
    assert day.told["recovered"][NAMELESS].startswith("550 5.7.25 ")
    assert day.told["recovered"][GOOD].startswith("250")


def test_each_turn_is_one_loud_line_with_the_evidence(day):
    opened, closed = day.journal("breaker open: "), day.journal("breaker closed after ")
    assert [len(opened), len(closed)] == [1, 1]
    assert "203.0.113.10 dns.company.example: answered without a name" in opened[0]


def test_the_host_forgot_nothing_of_it(day):
    octets = day.run("cat", "/var/lib/ptrgate/milter/breaker.json")
    state = json.loads(octets.partition("\0")[0])
    assert (state["cause"], len(state["armed"])) == ("", 4)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Held for longer than Postfix keeps mail: nothing is returned, nothing is lost."""

import time

import pytest

FAR = "anyone@destination.example"
LIFETIME = 40
SHORT = (
    f"maximal_queue_lifetime={LIFETIME}s bounce_queue_lifetime={LIFETIME}s "
    "minimal_backoff_time=2s maximal_backoff_time=2s queue_run_delay=2s"
)


@pytest.fixture(scope="module")
def held(appliance):
    """Return an appliance that holds by order, and whose Postfix keeps mail for seconds."""
    host = appliance.host
    before = host.check_output("postconf " + " ".join(p.split("=")[0] for p in SHORT.split()))
    host.check_output(f"postconf -e {SHORT}; postfix reload")
    host.check_output("ptrgate gate override hold --hours 1 --reason 'the guard is tested'")
    yield appliance
    host.check_output("ptrgate gate override --end")
    host.check_output("postsuper -d ALL hold")
    back = [line.replace(" = ", "=") for line in before.splitlines()]
    host.check_output("postconf -e " + " ".join(back) + "; postfix reload")


@pytest.fixture(scope="module")
def operators(held):
    """Return the queue id of a message that the operator holds himself."""
    held.send(FAR)
    held.tokens.clear()
    assert held.wait_for(lambda: held.in_queue("deferred"))
    [mine] = held.in_queue("deferred")
    held.host.check_output("postsuper -h %s", mine)
    return mine


def test_what_waits_too_long_goes_where_nothing_expires(held, operators):
    for sender in ["a@company.example", ""]:
        held.send(FAR, sender)
    assert held.wait_for(lambda: len(held.in_queue("deferred")) == 2)
    time.sleep(LIFETIME / 2)
    held.host.check_output("systemctl start ptrgate-gate.service")
    gate = held.gate()
    assert (gate["held"]["waiting"], len(gate["guarded"])) == (2, 2)
    assert set(held.in_queue("hold")) == {operators, *gate["guarded"]}
    assert gate["guarded"][0] in held.host.check_output("ptrgate gate status")


def test_nothing_is_returned_when_its_time_is_over(held):
    time.sleep(LIFETIME / 2)
    held.host.check_output("postqueue -f; sleep 3")
    assert len(held.in_queue("hold")) == 3
    assert not held.in_queue("deferred")
    assert sum(held.delivered().values()) == 0


def test_on_opening_a_receiver_that_is_not_there_yet_costs_no_mail(held, operators):
    held.internet.check_output("postfix stop")
    try:
        held.host.check_output("ptrgate gate override --end")
        assert held.wait_for(lambda: held.in_queue("hold") == [operators])
        assert held.wait_for(lambda: len(held.in_queue("deferred")) == 2)
    finally:
        held.internet.check_output("systemctl reset-failed postfix; systemctl restart postfix")
    assert held.wait_for(lambda: held.waiting() == [operators], 60)
    assert set(held.delivered().values()) == {1}


def test_what_the_operator_holds_stays_held(held, operators):
    held.host.check_output("ptrgate gate settle")
    assert held.in_queue("hold") == [operators]
    assert held.gate()["guarded"] == []

# SPDX-License-Identifier: GPL-3.0-or-later
"""Real mail through the gate of mx-trixie, from one of its egress addresses.

Nothing bounces and nothing is lost. The tests tell one story, in this order: open, PTR lost while
the smarthost is down, smarthost back, no smarthost, PTR repaired. After each chapter what was
submitted is either delivered, once, or queued.
"""

import json

import pytest

from tests.story import EGRESS, INTERNET, Story

PEER = f"""
import json
from ipaddress import ip_address
from ptrgate.outbound.egress import egress, observe
found = egress([], look=observe, peers=[ip_address("{INTERNET}")])
print(json.dumps({{one.source: one.address for one in found if "." in one.address}}))
"""


@pytest.fixture(scope="module")
def story():
    """The story, and all as it was before it afterwards."""
    told = Story()
    try:
        told.begin()
        yield told
    finally:
        told.end()


def test_a_postfix_with_the_footer_tells_which_address_it_sees(story):
    command = ["env", "PYTHONPATH=/usr/lib/ptrgate/current", "python3", "-B", "-c", PEER]
    assert json.loads(story.run(*command)) == {"seen": EGRESS}
    assert story.prove_until("direct")
    rows = {row["address"]: row for row in story.gate()["proofs"]}
    assert (rows[EGRESS]["source"], rows[EGRESS]["verdict"]) == ("seen", "pass")


def test_mail_leaves_from_the_proved_address(story):
    story.send(4)
    assert story.wait_for(lambda: story.books() == (4, 0))
    assert story.origins() <= {row["address"] for row in story.gate()["proofs"]}


def test_a_lost_ptr_closes_and_a_smarthost_that_is_down_holds(story):
    story.lose_ptr()
    assert story.prove_until("smarthost")
    story.send(6)
    assert story.wait_for(lambda: story.refused() == 6), story.run("postqueue", "-p")
    for push in ("postqueue -f", "postsuper -r ALL", "systemctl restart postfix"):
        story.run("sh", "-c", push)
    assert story.wait_for(lambda: story.refused() == 6)
    assert story.books() == (4, 6)


def test_when_the_smarthost_is_back_everything_leaves_by_it(story):
    story.smarthost(up=True)
    story.run("postqueue", "-f")
    assert story.wait_for(lambda: story.books() == (10, 0)), story.run("postqueue", "-p")
    assert story.through_smarthost() == 6


def test_without_a_smarthost_the_mail_waits(story):
    story.settle(smarthost="")
    assert story.prove_until("hold")
    story.send(5)
    story.run("postqueue", "-f")
    assert story.wait_for(lambda: story.books() == (10, 5))


def test_a_repaired_ptr_opens_the_gate_by_itself(story):
    story.regain_ptr()
    story.run("systemctl", "start", "ptrgate-gate.timer")
    assert story.wait_for(lambda: story.gate()["rung"] == "direct", 90)
    assert story.wait_for(lambda: story.books() == (15, 0), 100), story.run("postqueue", "-p")


def test_nothing_bounced_and_nothing_came_twice(story):
    assert story.bounces() == ""
    assert set(story.copies().values()) == {1}

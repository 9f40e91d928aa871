# SPDX-License-Identifier: GPL-3.0-or-later
"""Held while unproved, whatever is done to the queue; delivered once each when proved.

The tests of one host tell one story, in this order: open, half open, held, open again.
"""

import time

import pytest

from lab.deployments import deploy

FAR = "anyone@destination.example"
PUSHES = [
    "postqueue -f",
    "postsuper -r ALL",
    "postsuper -h ALL; postsuper -H ALL; sendmail -q",
    "postfix reload",
    ": > /var/lib/ptrgate/outbound.pcre; postfix reload",
    "postfix upgrade-configuration; postfix reload",
    "systemctl restart postfix",
    "apt-get --yes --quiet --no-download install --reinstall postfix",
]


def test_a_silent_resolver_does_not_close(appliance):
    appliance.host.check_output("systemctl stop unbound")
    try:
        for _ in range(3):
            appliance.host.check_output("ptrgate gate prove")
            time.sleep(1.1)
        assert appliance.gate()["rung"] == "direct"
    finally:
        appliance.host.check_output("systemctl start unbound")


def test_one_family_without_ptr_leaves_the_other(appliance):
    appliance.lose_ptr(next(a for a in appliance.addresses if ":" in a))
    appliance.prove_until("ipv4")
    token = appliance.send(FAR)
    assert appliance.wait_for(lambda: appliance.delivered()[token] == 1)


def test_mail_that_only_the_closed_family_could_deliver_waits(appliance):
    token = appliance.send("anyone@[IPv6:2001:db8:0:100::20]", "")
    assert appliance.wait_for(lambda: appliance.in_queue("deferred"))
    appliance.regain_ptr()
    appliance.prove_until("direct")
    appliance.host.check_output("postqueue -f")
    assert appliance.wait_for(lambda: not appliance.waiting())
    appliance.tokens.remove(token)
    appliance.forget_literals()


@pytest.fixture(scope="module")
def held(appliance):
    """Return the appliance without PTR records, with messages to the world in its queue."""
    appliance.lose_ptr()
    appliance.prove_until("hold")
    appliance.tokens.clear()
    for sender in ["a@company.example", "b@company.example", "", "c@company.example", ""]:
        appliance.send(FAR, sender)
    return appliance


@pytest.mark.parametrize("push", PUSHES)
def test_held_mail_survives(held, push):
    held.host.check_output(push)
    held.stays_shut(FAR)


def test_held_mail_survives_a_new_release_and_the_way_back(held, tmp_path):
    policy = ["--extra-vars", "ptrgate_written_to_days=91"]
    before = held.release()
    assert deploy("--limit", held.host.backend.name, *policy, place=tmp_path).status == 0
    assert held.release() != before
    held.stays_shut(FAR)
    held.host.check_output("ptrgate release back")
    assert held.release() == before
    held.stays_shut(FAR)


def test_held_mail_survives_a_reboot(held):
    held.reboot()
    held.stays_shut(FAR)


def test_mail_to_the_inner_server_goes_on(held):
    token = held.send("user@company.example")
    held.tokens.remove(token)
    assert held.wait_for(lambda: held.inner.run(f"grep -rq {token} /var/mail/lab").rc == 0)


def test_the_explanation_says_what_to_ask_for(held):
    assert "Please set the PTR record of" in held.host.check_output("ptrgate gate explain")


def test_a_damaged_state_opens_nothing(held):
    held.host.check_output("cp -p /var/lib/ptrgate/gate.json /root/gate.json")
    held.host.check_output("echo damaged > /var/lib/ptrgate/gate.json")
    assert held.host.run("ptrgate gate prove").rc == 70
    assert held.host.file("/var/lib/ptrgate/outbound.pcre").content_string == "/^/ hold:\n"
    held.host.check_output("mv /root/gate.json /var/lib/ptrgate/gate.json")


def test_a_lost_state_opens_nothing_and_fails_the_unit(held):
    held.host.check_output("mv /var/lib/ptrgate/gate.json /root/gate.json")
    assert held.host.run("systemctl start ptrgate-gate.service").rc != 0
    assert held.host.file("/var/lib/ptrgate/outbound.pcre").content_string == "/^/ hold:\n"
    held.host.check_output("mv /root/gate.json /var/lib/ptrgate/gate.json")
    held.host.check_output("systemctl reset-failed ptrgate-gate.service")


def test_who_takes_the_gate_out_of_main_cf_is_told(held):
    put_back = held.host.check_output("postconf sender_dependent_default_transport_maps")
    held.host.check_output("postconf -X sender_dependent_default_transport_maps")
    held.host.check_output("systemctl start ptrgate-gate.service")
    assert "Postfix does not ask the gate" in held.host.check_output("ptrgate gate status")
    held.host.check_output("postconf -e %s; systemctl start ptrgate-gate.service", put_back)
    assert held.gate()["asked"]


def test_one_proof_does_not_open(held):
    held.regain_ptr()
    time.sleep(6)  # the lab's TTL
    held.host.check_output("ptrgate gate prove")
    assert held.gate()["rung"] == "hold"
    assert held.gate()["families"]["ipv4"]["passes"] == 1


def test_the_timer_opens_and_everything_leaves_once(held):
    held.host.check_output("systemctl start ptrgate-gate.timer")
    assert held.wait_for(lambda: held.gate()["rung"] == "direct", 60)
    assert held.wait_for(lambda: not held.waiting(), 100)
    time.sleep(1)
    assert set(held.delivered().values()) == {1}
    said = held.host.check_output("journalctl --unit=ptrgate-gate --output=cat --lines=1")
    assert "gate event=moved mode=prove from=hold to=direct" in said

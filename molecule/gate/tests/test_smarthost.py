# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider's relay: over TLS, with a password that nobody else hears; down, it holds.

On one appliance: a deployment names the relay, and another one takes it away again.
"""

import json
import time
from pathlib import Path

import pytest
import testinfra
import yaml

from lab.deployments import deploy
from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside

HOST = "mx-trixie"
FAR = "anyone@destination.example"
ONLY = ["--tags", "outbound_configure,postfix_configure", "--limit", HOST]
RELAY = (Path(__file__).parents[1] / "relay.py").read_text()
SETTINGS = {
    "ptrgate_smarthost": "[smarthost.example]:587",
    "ptrgate_smarthost_user": "us",
    "ptrgate_smarthost_password": "it's a secret",
}
CERTIFICATE = (
    "cd /root && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2"
    " -subj /CN=smarthost.example -keyout k.pem -out c.pem 2>/dev/null && cat k.pem c.pem > r.pem"
)
START = (
    "touch /root/taken; "
    "systemd-run --quiet --unit=lab-relay python3 /root/relay.py /root/r.pem /root/taken"
)
CLEAN = "rm -f /root/relay.py /root/*.pem /root/taken"


@pytest.fixture(scope="module")
def host():
    """The one appliance that has a smarthost, however many are tested."""
    return testinfra.get_host(f"podman://{HOST}")


@pytest.fixture(scope="module")
def relay():
    """Run the provider's relay; return its host."""
    inside("internet", "sh", "-c", "cat > /root/relay.py", words=RELAY)
    inside("internet", "sh", "-c", f"{CERTIFICATE} && {START}")
    yield testinfra.get_host("podman://internet")
    inside("internet", "sh", "-c", f"systemctl stop lab-relay; {CLEAN}")


@pytest.fixture(scope="module")
def relayed(appliance, relay, tmp_path_factory):
    """Return the appliance with a smarthost and without PTR records."""
    place = tmp_path_factory.mktemp("smarthost")
    overlay = place / "smarthost.yml"
    overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": {HOST: SETTINGS}}}))
    assert appliance.wait_for(lambda: ":587 " in relay.check_output("ss -ltn"))
    before = fingerprint(HOST)
    done = deploy("-i", ROOT / "inventory/lab", "-i", overlay, *ONLY, place=place / "on")
    assert done.status == 0, done.said
    assert SETTINGS["ptrgate_smarthost_password"] not in done.output
    yield appliance
    appliance.regain_ptr()
    done = deploy(*ONLY, place=place / "off")
    appliance.prove_until("direct")
    assert (done.status, fingerprint(HOST) ^ before) == (0, set())


def taken(relay):
    """Return the tokens of what the relay took."""
    return [json.loads(line) for line in relay.file("/root/taken").content_string.splitlines()]


def test_one_family_falls_back_to_it_for_what_only_the_other_reaches(relayed, relay):
    relayed.lose_ptr(next(a for a in relayed.addresses if ":" in a))
    relayed.prove_until("ipv4")
    token = relayed.send("anyone@[IPv6:2001:db8:0:100::20]", "")
    assert relayed.wait_for(lambda: taken(relay) == [token])


def test_without_proof_mail_leaves_through_it(relayed, relay):
    relayed.lose_ptr()
    relayed.prove_until("smarthost")
    token = relayed.send(FAR)
    assert relayed.wait_for(lambda: token in taken(relay))


def test_the_password_is_roots(relayed):
    file = relayed.host.file("/etc/postfix/ptrgate_smarthost_password")
    assert (file.user, file.mode) == ("root", 0o600)


def test_a_relay_that_is_down_holds(relayed, relay):
    relay.check_output("systemctl stop lab-relay")
    token = relayed.send(FAR)
    assert relayed.wait_for(lambda: relayed.in_queue("deferred"))
    relay.check_output(START)
    time.sleep(1)
    relayed.host.check_output("postqueue -f")
    assert relayed.wait_for(lambda: token in taken(relay))
    assert relayed.wait_for(lambda: not relayed.waiting())
    assert len(taken(relay)) == len(set(taken(relay))) == 3


def test_who_only_pretends_to_be_it_hears_nothing(relayed, relay):
    options = "smarthost/unix/smtp_tls_security_level=secure"
    policy = "/etc/postfix/ptrgate_smarthost_tls"
    relayed.host.check_output(f"postconf -P {options}; sed -i s/encrypt/secure/ {policy}")
    relayed.host.check_output("postfix reload; sleep 1")
    relayed.send(FAR)
    assert relayed.wait_for(lambda: relayed.in_queue("deferred"))
    assert "Server certificate not" in relayed.host.check_output("postqueue -p")
    assert len(taken(relay)) == 3
    relayed.host.check_output("postsuper -d ALL deferred")

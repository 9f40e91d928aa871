# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider's relay: over TLS, with a password that nobody else hears; down, it holds; what it
refuses us waits, what it refuses of one message goes back.

On one appliance: deployments name the relay, first at port 587, then at 465 with a certificate that
must be right; the last one takes it away again.
"""

import json
import re
from pathlib import Path

import pytest
import testinfra
import yaml

from lab.deployments import deploy
from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside

HOST = "mx-trixie"
FAR = "anyone@destination.example"
ONLY = ["-vvv", "--tags", "outbound_configure,postfix_configure", "--limit", HOST]
RELAY = (Path(__file__).parents[1] / "relay.py").read_text()
SECRET = "it's a secret"  # noqa: S105 - the lab's
SETTINGS = {
    "ptrgate_smarthost": "[smarthost.example]:587",
    "ptrgate_smarthost_user": "us",
    "ptrgate_smarthost_password": SECRET,
}
SECURE = {"ptrgate_smarthost": "[smarthost.example]:465", "ptrgate_smarthost_tls": "secure"}
KEY = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc"
NAMED = "-days 2 -subj /CN=smarthost.example -addext subjectAltName=DNS:smarthost.example"
# An issuer's certificate, the relay's of that issuer, and one that it signed itself.
CERTIFICATES = (
    f"exec 2>/dev/null; mkdir -p /root/relay && cd /root/relay"
    f" && {KEY} -x509 -days 2 -subj '/CN=Lab issuer' -keyout ca.key -out ca.pem"
    f" && {KEY} -x509 {NAMED} -keyout own.key -out own.pem && cat own.pem >> own.key"
    f" && {KEY} -x509 {NAMED} -CA ca.pem -CAkey ca.key -keyout good.key -out good.pem"
    " && cat good.pem >> good.key"
)
START = (
    "touch /root/relay/taken; systemd-run --quiet --collect --unit=lab-relay"
    " python3 /root/relay/relay.py /root/relay/{}.key /root/relay/taken {}"
)
ISSUER = "/usr/local/share/ca-certificates/lab-issuer.crt"


@pytest.fixture(scope="module")
def host():
    """The one appliance that has a smarthost, however many are tested."""
    return testinfra.get_host(f"podman://{HOST}")


class Relay:
    """The provider's relay, on the host that is the Internet."""

    def __init__(self):
        """Know the host."""
        self.host = testinfra.get_host("podman://internet")

    def start(self, certificate="own", mood=""):
        """Start it and wait until it listens; ``mood`` is its answer to everybody."""
        self.host.check_output("systemctl stop lab-relay 2>/dev/null; true")
        self.host.check_output(START.format(certificate, f"'{mood}'" if mood else ""))
        listens = "ss -ltn | grep -q ':587 '"
        self.host.check_output(f'timeout 30 sh -c "until {listens}; do sleep 0.2; done"')

    def taken(self):
        """Return the tokens of what it took."""
        lines = self.host.file("/root/relay/taken").content_string.splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def relay():
    """Run the provider's relay."""
    inside("internet", "sh", "-c", CERTIFICATES)
    inside("internet", "sh", "-c", "cat > /root/relay/relay.py", words=RELAY)
    relay = Relay()
    relay.start()
    yield relay
    inside("internet", "sh", "-c", "systemctl stop lab-relay; rm -r /root/relay")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Return the function that deploys these settings of the smarthost; no password is told."""
    place = tmp_path_factory.mktemp("smarthost")

    def deployed(**settings):
        overlay = place / "smarthost.yml"
        overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": {HOST: settings}}}))
        done = deploy("-i", ROOT / "inventory/lab", "-i", overlay, *ONLY, place=place)
        assert done.status == 0, done.said
        assert SECRET[3:] not in done.output  # quoted or not

    return deployed


@pytest.fixture(scope="module")
def relayed(appliance, relay, deployed):  # noqa: ARG001
    """Return the appliance with a smarthost and without PTR records."""
    before = fingerprint(HOST)
    deployed(**SETTINGS)
    yield appliance
    appliance.regain_ptr()
    deployed()
    appliance.prove_until("direct")
    assert fingerprint(HOST) ^ before == set()


def test_one_family_falls_back_to_it_for_what_only_the_other_reaches(relayed, relay):
    relayed.lose_ptr(next(a for a in relayed.addresses if ":" in a))
    relayed.prove_until("ipv4")
    token = relayed.send("anyone@[IPv6:2001:db8:0:100::20]", "")
    assert relayed.wait_for(lambda: relay.taken() == [token])


def test_without_proof_mail_leaves_through_it(relayed, relay):
    relayed.lose_ptr()
    relayed.prove_until("smarthost")
    token = relayed.send(FAR)
    assert relayed.wait_for(lambda: token in relay.taken())


def test_the_password_is_roots(relayed):
    file = relayed.host.file("/etc/postfix/ptrgate_smarthost_password")
    assert (file.user, file.mode) == ("root", 0o600)


def test_a_relay_that_is_down_holds(relayed, relay):
    relay.host.check_output("systemctl stop lab-relay")
    token = relayed.send(FAR)
    assert relayed.wait_for(lambda: relayed.in_queue("deferred"))
    relay.start()
    relayed.host.check_output("postqueue -f")
    assert relayed.wait_for(lambda: token in relay.taken())
    assert relayed.wait_for(lambda: not relayed.waiting())
    assert len(relay.taken()) == len(set(relay.taken())) == 3


# Whom from, whom to, and what becomes of it: the first labels are what the relay refuses.
FATES = [
    ("a", "denied", "waits"),
    ("a", "plain", "waits"),
    ("a", "forged", "waits"),
    ("suspended", "anyone", "waits"),
    ("late-quota", "anyone", "waits"),
    ("a", "unknown", "goes back"),
    ("a", "unrouted", "goes back"),
    ("late-malformed", "anyone", "goes back"),
]


@pytest.fixture(scope="module")
def fates(relayed):
    """Return what became of a message for each row, by sender and recipient."""
    since = relayed.host.check_output("date '+%F %T'")
    for sender, recipient, _fate in FATES:
        relayed.send(f"{recipient}@destination.example", f"{sender}@company.example")
    read = f"journalctl -o cat --since '{since}' -t postfix/smarthost/smtp -t postfix/qmgr"

    def told():
        lines = relayed.host.check_output(read).splitlines()
        senders = dict(FROM.match(line).groups() for line in lines if FROM.match(line))
        seen = [TO.match(line).groups() for line in lines if TO.match(line)]
        return {(senders[one], to): WORDS[status] for one, to, status in seen if one in senders}

    # The second in which this began may hold the end of what was sent before.
    wanted = {(sender, recipient) for sender, recipient, _fate in FATES}
    assert relayed.wait_for(lambda: wanted <= told().keys()), told()
    relayed.host.check_output("postsuper -d ALL deferred")
    return told()


FROM = re.compile(r"(\w+): from=<([^@]+)@company.example>")
TO = re.compile(r"(\w+): to=<([^@]+)@destination.example>,.* status=(\w+)")
WORDS = {"deferred": "waits", "bounced": "goes back", "sent": "leaves"}


@pytest.mark.parametrize(("sender", "recipient", "fate"), FATES)
def test_what_it_refuses_us_waits_and_what_it_refuses_of_a_message_goes_back(
    fates, sender, recipient, fate
):
    assert fates[sender, recipient] == fate


def test_a_relay_that_refuses_everything_costs_no_mail(relayed, relay, fates):  # noqa: ARG001
    relay.start(mood="550 5.7.1 go away")
    token = relayed.send(FAR)
    assert relayed.wait_for(lambda: "go away" in relayed.host.check_output("postqueue -p"))
    relay.start()
    relayed.host.check_output("postqueue -f")
    assert relayed.wait_for(lambda: token in relay.taken())


@pytest.fixture(scope="module")
def secured(relayed, relay, deployed):
    """Return the appliance with the relay at port 465, whose certificate must be right."""
    issuer = relay.host.file("/root/relay/ca.pem").content_string
    inside(HOST, "sh", "-c", f"cat > {ISSUER} && update-ca-certificates", words=issuer)
    deployed(**(SETTINGS | SECURE))
    relayed.host.check_output("ptrgate gate prove")
    yield relayed
    inside(HOST, "sh", "-c", f"rm {ISSUER} && update-ca-certificates --fresh")


def test_at_port_465_with_a_certificate_that_is_right(secured, relay):
    relay.start("good")
    token = secured.send(FAR)
    assert secured.wait_for(lambda: token in relay.taken())
    read = "journalctl -o cat -n 50 -t postfix/smarthost/smtp"

    def last():
        return secured.host.check_output(read).splitlines()[-1]

    assert secured.wait_for(lambda: "]:465, " in last() and "status=sent" in last()), last()
    told = secured.host.check_output(read)
    assert "Verified TLS connection established to smarthost.example" in told


def test_who_only_pretends_to_be_it_hears_nothing(secured, relay):
    relay.start("own")
    before = relay.taken()
    token = secured.send(FAR)
    assert secured.wait_for(lambda: secured.in_queue("deferred"))
    assert "Server certificate not" in secured.host.check_output("postqueue -p")
    relay.start("good")
    secured.host.check_output("postqueue -f")
    assert secured.wait_for(lambda: relay.taken() == [*before, token])

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the appliance does: asked of itself, and from outside."""

import hashlib
import json
from pathlib import Path

import pytest

from lab import mail

DIALOGUE = Path(__file__).parents[2] / "refusals/dialogue.py"
RELEASE = "/usr/lib/ptrgate/current"
RUNNING = [
    "nginx.service",
    "postfix.service",
    "ptrgate-auth.service",
    "ptrgate-dns.service",
    "ptrgate-dns.socket",
    "ptrgate-gate.timer",
    "ptrgate-limit-tidy.timer",
    "ptrgate-limit.service",
    "ptrgate-metrics.socket",
    "ptrgate-milter.service",
    "ptrgate-milter.socket",
    "ptrgate-page.service",
    "ptrgate-page.socket",
    "ptrgate-recheck.socket",
    "ptrgate-survey.timer",
    "unbound.service",
]
WITH_THE_HOST = [unit for unit in RUNNING if unit != "ptrgate-page.service"]
LISTENING = {
    "tcp 0.0.0.0:22",
    "tcp [::]:22",
    "tcp 0.0.0.0:25",
    "tcp [::]:25",
    "tcp 0.0.0.0:465",
    "tcp [::]:465",
    "tcp 0.0.0.0:587",
    "tcp [::]:587",
    "tcp 0.0.0.0:80",
    "tcp [::]:80",
    "tcp 127.0.0.1:53",
    "udp 127.0.0.1:53",
    "tcp 127.0.0.1:9721",
    "tcp 127.0.0.1:10026",
}
ASK = """
import sys, dns.message, dns.query, dns.flags, dns.rcode
query = dns.message.make_query(sys.argv[1], sys.argv[2], want_dnssec=True)
answer = dns.query.udp(query, "127.0.0.1", timeout=20)
print(dns.rcode.to_text(answer.rcode()), "AD" if answer.flags & dns.flags.AD else "-")
"""


def wanted(host):
    """Return what the release says that Postfix was told."""
    return json.loads(host.file(f"{RELEASE}/postfix.json").content_string)


def flat(value):
    return " ".join(str(value).split())


@pytest.mark.parametrize(
    ("address", "finding", "status"),
    [
        pytest.param("198.51.100.10", "ok", 0, id="good"),
        pytest.param("198.51.100.20", "no_ptr", 1, id="nameless"),
        pytest.param("2001:db8:0:1ff::20", "no_ptr", 2, id="nameless over IPv6"),
        pytest.param("198.51.100.34", "dns_failure", 2, id="bogus signature"),
    ],
)
def test_command_judges_as_the_policy_says(host, address, finding, status):
    done = host.run(f"ptrgate check --json --policy {RELEASE}/policy.toml {address}")
    assert (json.loads(done.stdout)["finding"], done.rc) == (finding, status)


@pytest.mark.parametrize(
    ("source", "code"),
    [("198.51.100.10", "250"), ("198.51.100.20", "550"), ("2001:db8:0:1ff::20", "451")],
)
def test_stranger_is_told_on_port_25(name, inventory, source, code):
    target = inventory[name]["lab_ipv6" if ":" in source else "ansible_host"]
    words = ["MAIL FROM:<a@senders.example>", "RCPT TO:<user@company.example>", "QUIT"]
    said = mail.inside(
        "internet", "python3", "-", source, target, *words, words=DIALOGUE.read_text()
    )
    replies = [reply for _, reply in json.loads(said)]
    assert replies[0].startswith(f"220 {name}.company.example ESMTP")
    assert replies[3].startswith(code)
    assert ("See http://help.company.example/r/" in replies[3]) == (code != "250")


def test_postfix_says_what_the_release_says(host):
    told = wanted(host)["parameters"]
    known = {line.partition(" =")[0] for line in host.check_output("postconf").splitlines()}
    asked = sorted(told.keys() & known)
    values = host.check_output("postconf -h " + " ".join(asked)).splitlines()
    assert [flat(value) for value in values] == [flat(told[one]) for one in asked]
    assert len(told.keys() - known) <= 3  # the three an older Postfix may not know


def test_postfix_serves_what_the_release_says(host):
    rows = [row.split(None, 2) for row in host.check_output("postconf -M").splitlines()]
    now = {f"{service}/{kind}": flat(rest) for service, kind, rest in rows}
    assert {one: now[one] for one in wanted(host)["services"]} == {
        one: flat(rest) for one, rest in wanted(host)["services"].items()
    }


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("smtpd_milters", "unix:ptrgate/milter.sock"),
        ("milter_default_action", "tempfail"),
        ("smtpd_authorized_xclient_hosts", ""),
        ("mynetworks", "127.0.0.0/8 [::1]/128 198.51.100.128/28"),
        ("sender_dependent_default_transport_maps", "pcre:/var/lib/ptrgate/outbound.pcre"),
        ("smtpd_hard_error_limit", "1000"),
    ],
)
def test_postfix_is_told_what_matters(host, parameter, value):
    assert host.check_output(f"postconf -h {parameter}").strip() == value


@pytest.mark.parametrize(
    ("name_asked", "kind", "answer"),
    [
        pytest.param("company.example.", "MX", "NOERROR AD", id="signed"),
        pytest.param("34.100.51.198.in-addr.arpa.", "PTR", "SERVFAIL -", id="bogus"),
        pytest.param("20.100.51.198.in-addr.arpa.", "PTR", "NXDOMAIN AD", id="signed denial"),
    ],
)
def test_resolver_validates(host, name_asked, kind, answer):
    said = host.check_output("python3 -c %s %s %s", ASK, name_asked, kind)
    assert said == answer


@pytest.mark.parametrize("root", ["", "/var/spool/postfix"], ids=["host", "chroot of smtpd"])
def test_names_are_asked_of_the_own_resolver(host, root):
    lines = host.file(f"{root}/etc/resolv.conf").content_string.splitlines()
    said = [line for line in lines if not line.startswith("#")]
    assert said == ["nameserver 127.0.0.1", "search .", "options timeout:1 attempts:2"]


@pytest.mark.parametrize("unit", RUNNING)
def test_unit_runs(host, unit):
    assert host.run(f"systemctl is-active {unit}").stdout.strip() == "active"


@pytest.mark.parametrize("unit", WITH_THE_HOST)
def test_unit_starts_with_the_host(host, unit):
    assert host.run(f"systemctl is-enabled {unit}").stdout.strip() in ("enabled", "linked")


def test_no_unit_has_failed(host):
    assert host.check_output("systemctl list-units --failed --plain --no-legend") == ""


def test_nothing_else_listens(host):
    rows = [line.split() for line in host.check_output("ss -Hlntu").splitlines()]
    assert {f"{row[0]} {row[4]}" for row in rows} == LISTENING


def test_milter_is_reached_by_postfix_alone(host):
    socket = host.file("/var/spool/postfix/ptrgate/milter.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "postfix", 0o660)


def test_release_is_named_for_its_manifest(host):
    manifest = host.file(f"{RELEASE}/MANIFEST").content
    name = hashlib.sha256(manifest).hexdigest()[:12]
    assert host.file(RELEASE).linked_to == f"/usr/lib/ptrgate/releases/{name}"


def test_release_is_what_its_manifest_says(host):
    lines = host.file(f"{RELEASE}/MANIFEST").content_string.splitlines()
    rows = [line.split(" ", 2) for line in lines]
    paths = " ".join(path for _, _, path in rows)
    sums = host.check_output(f"cd {RELEASE} && sha256sum {paths}").splitlines()
    modes = host.check_output(f"cd {RELEASE} && stat --format=0%a {paths}").splitlines()
    assert [line.split()[0] for line in sums] == [digest for digest, _, _ in rows]
    assert modes == [mode for _, mode, _ in rows]


def test_command_on_the_path_is_that_of_the_release(host):
    assert host.file("/usr/bin/ptrgate").linked_to.startswith("/usr/lib/ptrgate/releases/")

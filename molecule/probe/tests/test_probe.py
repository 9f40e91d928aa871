# SPDX-License-Identifier: GPL-3.0-or-later
"""Both Debians refuse all that strangers try; a careless server beside them is found careless."""

import pytest

from lab import mail

PORT = 10028
# Debian 12's own default: these are taken for the end of a message.
BARE = ["<LF>.<LF>", "<LF>.<CR><LF>", "<CR><LF>.<LF>", "<CR><LF>.<CR><CR><LF>"]
CARELESS = (
    f"{PORT}/inet={PORT} inet n - n - - smtpd -o syslog_name=postfix/careless -o smtpd_milters="
    " -o mynetworks=0.0.0.0/0,[::]/0 -o smtpd_forbid_bare_newline=no"
    " -o smtpd_tls_chain_files=/root/careless.pem"
)
# It ends as it begins: openssl makes none that has ended.
EXPIRED = (
    "cd /root && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    " -subj /CN=mx.example.org -keyout careless.pem -out careless.csr 2>/dev/null"
    " && openssl x509 -req -in careless.csr -signkey careless.pem -days 0 -out careless.crt"
    " && cat careless.crt >> careless.pem"
)
FINDINGS = {"no_ptr", "forged", "dynamic", "dns_failure"}


def named(report, *verdicts):
    return [one["name"] for one in report["checks"] if one["verdict"] in verdicts]


@pytest.mark.parametrize("route", ["IPv4", "IPv6", "IPv4-mapped"])
def test_nothing_is_wrong_from_outside(probed, name, route):
    status, report = probed[name, route]
    wrong = [one for one in report["checks"] if one["verdict"] != "ok"]
    assert (status, wrong) == (0, [])
    assert {one["set"] for one in report["checks"]} == {"relay", "smuggling", "refusal", "tls"}


@pytest.mark.usefixtures("probed", "tested")
@pytest.mark.parametrize("place", ["internet", "inner"])
def test_nothing_reached_anybody(place):
    found = f"grep -rsl ptrgate.probe {mail.MAILBOXES} || true"
    assert mail.inside(place, "sh", "-c", found) == ""


@pytest.mark.usefixtures("probed", "tested")
def test_nothing_waits_to_be_sent(host):
    assert "ptrgate-probe" not in host.check_output("postqueue -j")


def test_host_tests_itself_and_is_content(host, name, tested):
    assert tested[name] == 0, host.run("journalctl -u ptrgate-selftest -o cat -n 20").stdout
    assert host.check_output("systemctl show -P Result ptrgate-selftest") == "success"


@pytest.mark.usefixtures("tested")
def test_host_plays_every_finding(host, name):
    lines = mail.verdicts(name, host.check_output("systemctl show -P ExecMainStartTimestamp"
                                                  " ptrgate-selftest"))  # fmt: skip
    assert {line["finding"] for line in lines if "finding" in line} >= FINDINGS


def test_host_will_test_itself_again(host):
    assert host.check_output("systemctl is-active ptrgate-selftest.timer") == "active"
    assert host.run("systemctl is-enabled ptrgate-selftest.timer").stdout.strip() == "enabled"


@pytest.fixture
def pageless(host):
    """An appliance whose help page is not there."""
    host.check_output("systemctl stop ptrgate-page.socket ptrgate-page.service")
    yield host
    host.check_output("systemctl start ptrgate-page.socket ptrgate-page.service")


def test_service_that_is_gone_is_one_line_and_a_failure(pageless):
    done = pageless.run("ptrgate selftest --brief --set host")
    lines = done.stdout.splitlines()
    assert (done.rc, len(lines)) == (1, 2)
    assert lines[0].startswith("set=host check=ptrgate-page.service verdict=bad got=")


@pytest.mark.parametrize(
    ("units", "check"),
    [
        ("ptrgate-page.socket ptrgate-page.service", "page"),
        ("ptrgate-recheck.socket ptrgate-recheck.service", "re-check"),
    ],
)
def test_a_refusal_whose_link_leads_nowhere_is_one_line_and_a_failure(host, units, check):
    host.check_output(f"systemctl stop {units}")
    try:
        done = host.run("ptrgate selftest --brief --set refusal")
    finally:
        host.check_output(f"systemctl start {units}")
    lines = done.stdout.splitlines()
    assert (done.rc, len(lines)) == (1, 1), lines
    assert lines[0].startswith(f'set=refusal check="{check}')
    assert "verdict=bad" in lines[0]


@pytest.fixture
def careless(host, name, inventory):
    """A second smtpd of the same Postfix, with every mistake; returns its address."""
    host.check_output(EXPIRED)
    host.check_output("cp -p /etc/postfix/master.cf /root/master.kept")
    host.check_output("postconf -M %s", CARELESS)
    host.check_output("postfix reload")
    yield inventory[name]["ansible_host"]
    host.check_output("mv /root/master.kept /etc/postfix/master.cf && postfix reload")
    host.check_output("rm /root/careless.pem /root/careless.csr /root/careless.crt")


def test_careless_server_is_found_careless(stranger, careless):
    status, report = stranger(careless, f"--port={PORT}", "--self-signed")
    bad = named(report, "bad")
    assert status == 1
    assert {"null sender", "foreign sender", "foreign domain after RSET"} <= set(bad)
    assert [one for one in bad if "end of data" in one] == [
        f"false end of data {end}" for end in BARE
    ]
    assert "certificate's dates" in bad

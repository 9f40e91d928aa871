# SPDX-License-Identifier: GPL-3.0-or-later
"""postscreen and the opportunistic TLS profile, switched on and off again by deployments."""

import pytest
import testinfra
import yaml

from lab.deployments import deploy
from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside

HOST = "mx-trixie"
OPTIONS = {"postfix_postscreen": True, "postfix_tls_profile": "opportunistic"}
ONLY = ["--tags", "postfix", "--limit", HOST]
FROM = "MAIL FROM:<somebody@senders.example>"
PROBE = "import smtplib; print(smtplib.SMTP('127.0.0.1', 10026).ehlo()[1].decode())"
USER = "RCPT TO:<user@company.example>"


@pytest.fixture(scope="module")
def host():
    """The one appliance whose options are switched, however many are tested."""
    return testinfra.get_host(f"podman://{HOST}")


@pytest.fixture(scope="module")
def switched(tmp_path_factory):
    """Switch the options on, and off again; the host must then be what it was."""
    place = tmp_path_factory.mktemp("options")
    overlay = place / "options.yml"
    overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": {HOST: OPTIONS}}}))
    before = fingerprint(HOST)
    inventories = ["-i", ROOT / "inventory/lab", "-i", overlay]
    done = deploy(*inventories, *ONLY, place=place / "on")
    inside(HOST, "sh", "-c", "postconf -e postscreen_greet_wait=1s && postfix reload")
    yield done
    inside(HOST, "postconf", "-X", "postscreen_greet_wait")
    done = deploy(*ONLY, place=place / "off")
    assert (done.status, fingerprint(HOST) ^ before) == (0, set())


def test_switching_on_is_four_services_and_the_profile(switched, host):
    assert switched.status == 0, switched.said
    assert host.check_output("postconf -M smtp/inet").split()[-1] == "postscreen"
    assert host.check_output("postconf -M smtpd/pass").split()[-1] == "smtpd"


@pytest.mark.usefixtures("switched")
def test_refusals_keep_their_words(say):
    replies = say(
        FROM, USER, "RCPT TO:<postmaster@company.example>", "QUIT", source="198.51.100.20"
    )
    words = "550 5.7.25 Relaying denied: 198.51.100.20 has no reverse DNS name (PTR). See http://"
    assert replies[2].startswith(words)
    assert "\n" not in replies[2]
    assert replies[3].startswith("250")


@pytest.mark.usefixtures("switched")
@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param("198.51.100.10", "250", id="good"),
        pytest.param("198.51.100.24", "550 5.7.25", id="forged"),
        pytest.param("2001:db8:0:1ff::20", "451 4.7.25", id="nameless over IPv6"),
        pytest.param("198.51.100.130", "250", id="own network"),
    ],
)
def test_clients_are_judged_as_before(say, source, code):
    assert say(FROM, USER, "QUIT", source=source)[2].startswith(code)


@pytest.mark.usefixtures("switched")
def test_greeting_is_one_line_and_the_probe_has_its_listener(host):
    heard = "{ sleep 3; echo QUIT; } | timeout 20 socat - TCP:203.0.113.42:25"
    assert inside("internet", "sh", "-c", heard).splitlines()[0].startswith("220 mx-trixie")
    assert "XCLIENT" in host.check_output("python3 -c %s", PROBE)


@pytest.mark.usefixtures("switched")
@pytest.mark.parametrize("version", ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"])
def test_old_senders_have_tls(version):
    words = "openssl s_client -starttls smtp -connect 203.0.113.42:25 -cipher ALL:@SECLEVEL=0"
    said = inside("internet", "sh", "-c", f"{words} {version} < /dev/null 2>&1; true")
    assert "Cipher is " in said
    assert "Cipher is (NONE)" not in said

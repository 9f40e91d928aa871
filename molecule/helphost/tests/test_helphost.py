# SPDX-License-Identifier: GPL-3.0-or-later
"""A help host of its own, as a refused server's administrator sees it, from the refused network.

One host for all tests: a blank Debian that `playbooks/help.yml` deploys to, with a certificate.
"""

import json
import socket
import time
from pathlib import Path

import pytest

from lab import mail
from lab.deployments import deploy
from lab.podman import podman, remove, start

HOST, ADDRESS = "help-host", "203.0.113.44"
NAME = "help.company.example"
HOSTS = "inventory/help"
DIALOGUE = Path(__file__).parents[2] / "refusals/dialogue.py"
SENDER = "198.51.100.20"  # `nameless` of senders.yml
CERTIFICATE = f"""
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={NAME} \
    -addext subjectAltName=DNS:{NAME} -keyout /etc/ssl/private/help.key -out /etc/ssl/help.pem
"""
# Asks as the refused server's administrator would: from the refused address itself.
ASK = """
import http.client, json, socket, ssl, sys
source, scheme, path, method, trusted = sys.argv[1:6]
version = getattr(ssl.TLSVersion, sys.argv[6]) if sys.argv[6:] else None
if scheme == "https":
    context = ssl.create_default_context(cadata=trusted)
    if version:
        context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
    line = socket.create_connection(("203.0.113.44", 443), 20, (source, 0))
    line = context.wrap_socket(line, server_hostname="help.company.example")
else:
    line = socket.create_connection(("203.0.113.44", 80), 20, (source, 0))
asked = http.client.HTTPConnection("help.company.example")
asked.sock = line
asked.request(method, path, headers={"Accept": "application/json"})
answer = asked.getresponse()
print(json.dumps([answer.status, dict(answer.getheaders()), answer.read().decode()]))
"""


def wait_for_ssh():
    """Wait until ssh answers: a bridge may look for the place of a new container for a while."""
    ends = time.monotonic() + 120
    while True:
        try:
            socket.create_connection((ADDRESS, 22), 5).close()
        except OSError:
            assert time.monotonic() < ends
            time.sleep(1)
        else:
            return


@pytest.fixture(scope="module")
def deployed():
    """The host, deployed to twice; what the second run changed is returned."""
    build = Path(mail.ROOT) / "build"
    start(
        HOST, "localhost/ptrgate-lab:trixie", ADDRESS, "--ip6", "2001:db8:0:100::44",
        "--volume", f"{build}/ssh/authorized_keys:/root/.ssh/authorized_keys:ro",
        "--volume", f"{build}/lab/mx-trixie.routes:/etc/lab-routes:ro",
    )  # fmt: skip
    try:
        podman("exec", HOST, "sh", "-c", CERTIFICATE)
        wait_for_ssh()
        how = ("-i", "inventory/lab", "-i", HOSTS)
        first = deploy(*how, place=build / "runs-help", playbook="playbooks/help.yml")
        assert first.status == 0, first.output[-3000:]
        yield deploy(*how, place=build / "runs-help", playbook="playbooks/help.yml")
    finally:
        remove(HOST)


@pytest.fixture(scope="module")
def ask(deployed):  # noqa: ARG001 (there is nobody to ask before)
    """Ask the help host from the refused address: status, header, text."""
    trusted = podman("exec", HOST, "cat", "/etc/ssl/help.pem")

    def asked(path, scheme="https", method="GET", *version):
        words = ("python3", "-c", ASK, SENDER, scheme, path, method, trusted, *version)
        return json.loads(mail.inside("internet", *words))

    return asked


@pytest.fixture(scope="module")
def refused():
    """The path of a refusal that mx-trixie spoke."""
    lines = ("MAIL FROM:<somebody@senders.example>", "RCPT TO:<user@trixie.example>", "QUIT")
    target = mail.inventory()["_meta"]["hostvars"]["mx-trixie"]["ansible_host"]
    said = mail.inside(
        "internet", "python3", "-", SENDER, target, *lines, words=DIALOGUE.read_text()
    )
    return "/r/" + json.loads(said)[-2][1].rpartition("/r/")[2]


def test_a_second_run_changes_nothing(deployed):
    assert (deployed.status, deployed.changed) == (0, [])


def test_it_takes_no_mail_and_runs_the_page_alone(deployed):  # noqa: ARG001 (as above)
    units = podman("exec", HOST, "systemctl", "list-units", "--plain", "--no-legend", "ptrgate-*")
    names = {line.split()[0] for line in units.splitlines()}
    assert names <= {
        "ptrgate-page.service", "ptrgate-page.socket",
        "ptrgate-recheck.service", "ptrgate-recheck.socket",
    }  # fmt: skip
    assert podman("exec", HOST, "systemctl", "--failed", "--plain", "--no-legend") == ""
    listening = podman("exec", HOST, "ss", "-Hltn")
    ports = {line.split()[3].rpartition(":")[2] for line in listening.splitlines()}
    assert ports >= {"80", "443"}
    assert "25" not in ports


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refusal_of_another_host_has_its_page_here(ask, refused, scheme):
    status, _, text = ask(refused, scheme)
    told = json.loads(text)
    assert (status, told["refusal"]["address"], told["explanation"]["finding"]) == (
        200, SENDER, "no_ptr",
    )  # fmt: skip


def test_it_promises_what_the_mail_servers_keep(ask, refused):
    status, _, text = ask(f"{refused}?check=1")
    check = json.loads(text)["check"]
    assert (status, check["outcome"]) == (200, "fails")
    assert check["seen"]["zone"] == "100.51.198.in-addr.arpa"


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_tls_is_refused(ask, version):
    with pytest.raises(SystemExit, match=r"(?i)ssl|alert|version"):
        ask("/", "https", "GET", version)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_of_today_is_spoken(ask, version):
    assert ask("/", "https", "GET", version)[0] == 200


@pytest.mark.parametrize("path", ["/", "/no_ptr", "/nothing", "/r/x", "/style.css"])
def test_the_headers_that_browsers_obey(ask, path):
    _, header, _ = ask(path)
    policy = header["Content-Security-Policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(
        policy.split("; ")
    )
    assert header["X-Content-Type-Options"] == "nosniff"
    assert header["Referrer-Policy"] == "no-referrer"
    assert "geolocation=()" in header["Permissions-Policy"]
    assert header["Server"] == "nginx"
    # A page that must answer old browsers over plain HTTP for years promises no HTTPS.
    assert "Strict-Transport-Security" not in header


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "CONNECT"])
def test_nothing_is_written(ask, method):
    assert ask("/", "https", method)[0] in (400, 403, 405)


def test_who_floods_is_told_kindly_and_the_page_stays(ask, refused):
    statuses = {ask(f"{refused}?check=1")[0] for _ in range(16)}
    assert statuses <= {200, 429}
    status, header, text = ask(f"{refused}?check=1")
    assert (status, header["Retry-After"]) == (429, "60")
    assert "try again in a minute" in text
    assert ask(refused)[0] == 200

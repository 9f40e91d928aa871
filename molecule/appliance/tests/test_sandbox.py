# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service that reads what strangers send could do if it were taken over: nothing but answer.

A copy of the unit runs a script in place of the program; every other line of it is as it is.
"""

import base64
import json
from pathlib import Path

import pytest

PROBE = (Path(__file__).parent / "probe.py").read_text()
# What a copy cannot share with the original: its sockets, its commands, its word that it is ready.
ORIGINAL = (
    "Requires=",
    "Wants=",
    "After=",
    "Sockets=",
    "Exec",
    "Type=",
    "NotifyAccess=",
    "Restart",
)
COPY = "/run/systemd/system/ptrgate-probe.service"
FOUND = "/run/ptrgate-probe.json"

EVERYTHING = {
    "write /etc",
    "write the release",
    "write the state of others",
    "replace the milter's socket",
    "read the mail queue",
    "read the passwords",
    "read the certificate's key",
    "listen on TCP",
    "listen on TCP over IPv6",
    "connect to the Internet",
    "connect over IPv6",
    "send a datagram",
    "speak to Postfix",
    "become root",
}
EXPOSURE = {
    "ptrgate-milter": 1.5,
    "ptrgate-dns": 1.5,
    "ptrgate-page": 2.0,
    "ptrgate-recheck": 1.5,
    "ptrgate-metrics": 1.5,
    "ptrgate-gate": 3.0,
    "ptrgate-selftest": 2.0,
    "ptrgate-auth": 1.5,
    "ptrgate-limit": 1.5,
    "ptrgate-learn": 1.0,
    "ptrgate-survey": 1.5,
}


def copy_of(unit):
    """Return the text of a unit with the probe as its program."""
    lines = [line for line in unit.splitlines() if not line.startswith(ORIGINAL)]
    code = base64.b64encode(PROBE.encode()).decode()
    python = f"/usr/bin/python3 -c \"import base64; exec(base64.b64decode('{code}'))\""
    lines += ["[Service]", "Type=oneshot", f"ExecStart={python}", f"StandardOutput=file:{FOUND}"]
    return "\n".join(lines) + "\n"


@pytest.fixture
def within(host):
    """Return a function: what works within the sandbox of a unit."""

    def probe(unit):
        text = base64.b64encode(copy_of(host.check_output("systemctl cat %s", unit)).encode())
        host.check_output("echo %s | base64 --decode > %s", text.decode(), COPY)
        host.check_output("systemctl daemon-reload && systemctl start ptrgate-probe.service")
        return set(json.loads(host.file(FOUND).content_string))

    yield probe
    host.check_output(f"rm -f {COPY} {FOUND} && systemctl daemon-reload")


def test_probe_itself_works_where_nothing_forbids_it(host):
    code = base64.b64encode(PROBE.encode()).decode()
    said = host.check_output("echo %s | base64 --decode | python3 -", code)
    assert set(json.loads(said)) == EVERYTHING


@pytest.mark.parametrize(
    "unit", [f"ptrgate-{name}.service" for name in ("milter", "page", "metrics", "learn")]
)
def test_nothing_works_within(within, unit):
    assert within(unit) == set()


def test_door_to_dns_leads_to_nameservers_alone(within):
    # Whether these fail is up to the kernel: IPAddressDeny= needs BPF, which some containers lack.
    assert within("ptrgate-dns.service") <= {
        "connect to the Internet",
        "connect over IPv6",
        "send a datagram",
        "speak to Postfix",
    }


@pytest.mark.parametrize("unit", EXPOSURE)
def test_systemd_agrees(host, unit):
    said = host.check_output("systemd-analyze security --no-pager %s.service", unit)
    assert float(said.splitlines()[-1].partition(": ")[2].split()[0]) <= EXPOSURE[unit]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe in the hands of a stranger: on the lab host `internet`, from this checkout's source."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import mail

WHERE = "/tmp/ptrgate-probe"  # noqa: S108 - on a lab host
# whatever is relayed to this domain comes back to `internet` and lies in its mailboxes
FOREIGN = "destination.example"


@pytest.fixture(scope="session")
def inventory():
    """Return all variables of the inventory, by host."""
    return mail.inventory()["_meta"]["hostvars"]


@pytest.fixture(scope="session")
def stranger():
    """Return a function that probes from `internet`: the exit status and the report."""
    source = subprocess.run(
        ["tar", "--create", "--exclude=__pycache__", "--directory", mail.ROOT / "src", "ptrgate"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    unpack = f"mkdir -p {WHERE} && tar --extract --directory {WHERE}"
    subprocess.run(
        ["podman", "exec", "-i", "internet", "sh", "-c", unpack], input=source, check=True
    )

    def probe(address, *options):
        asked = ["ptrgate", "probe", address, "--foreign", FOREIGN, "--json", *options]
        done = subprocess.run(
            ["podman", "exec", f"--env=PYTHONPATH={WHERE}", "internet", "python3", "-Bm", *asked],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    yield probe
    mail.inside("internet", "rm", "-r", WHERE)


@pytest.fixture(scope="session")
def probed(stranger, inventory):
    """Return the outcome of probing each appliance over each route, by both; all at once."""
    routes = {
        "IPv4": lambda host: inventory[host]["ansible_host"],
        "IPv6": lambda host: inventory[host]["lab_ipv6"],
        "IPv4-mapped": lambda host: f"::ffff:{inventory[host]['ansible_host']}",
    }
    about = ["--domain=company.example", "--recipient=user@company.example", "--self-signed"]
    cases = [(host, route) for host in ("mx-bookworm", "mx-trixie") for route in routes]
    with ThreadPoolExecutor(len(cases)) as pool:
        done = pool.map(lambda case: stranger(routes[case[1]](case[0]), *about), cases)
        return dict(zip(cases, done, strict=True))


@pytest.fixture(scope="session")
def tested():
    """Return the outcome of the self-test's unit on each appliance: systemctl's status."""
    command = ["systemctl", "start", "ptrgate-selftest.service"]
    hosts = ("mx-bookworm", "mx-trixie")
    with ThreadPoolExecutor(len(hosts)) as pool:
        done = pool.map(
            lambda host: subprocess.run(["podman", "exec", host, *command], check=False), hosts
        )
        return {host: one.returncode for host, one in zip(hosts, done, strict=True)}


@pytest.fixture
def name(host):
    """Return the appliance's name in the inventory."""
    return host.backend.name

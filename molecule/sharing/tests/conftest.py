# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of three with its store: both appliances, a twin of one, a Valkey with TLS and users.

SHARING_STORE=redis has Redis, of Debian 12, in its place: `make test-long` does.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import mail
from lab.deployments import deploy
from lab.podman import podman, remove, start

HERE = Path(__file__).parents[1]
STATE = "/var/lib/ptrgate/milter"
STORE, ADDRESS = "store", "203.0.113.45"
TWIN, TWIN_ADDRESS = "mx-twin", "203.0.113.46"
HOSTS = ["mx-bookworm", "mx-trixie", TWIN]
PASSWORD = secrets.token_urlsafe(24)
CERTIFICATE = "/etc/ssl/certs/fleet-store.pem"
KIND = os.environ.get("SHARING_STORE", "valkey")
IMAGE = {"valkey": "localhost/ptrgate-lab:trixie", "redis": "localhost/ptrgate-lab:bookworm"}[KIND]
UNIT = f"""
[Service]
ExecStart=/usr/bin/{KIND}-server /etc/fleet.conf
"""
# In memory alone, so that one that is killed forgets everything.
SETTINGS = f"""
port 0
tls-port 6379
bind {ADDRESS} 127.0.0.1
tls-cert-file {CERTIFICATE}
tls-key-file /etc/ssl/private/fleet-store.key
tls-ca-cert-file {CERTIFICATE}
tls-auth-clients no
save ""
dir /var/lib
aclfile /etc/fleet.acl
"""
PREPARE = f"""
apt-get -qq install --yes --no-download --no-install-recommends {KIND}-server > /dev/null 2>&1
systemctl disable --quiet --now {KIND}-server
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=store \
    -addext subjectAltName=IP:{ADDRESS} -keyout /etc/ssl/private/fleet-store.key \
    -out {CERTIFICATE} 2> /dev/null
systemctl daemon-reload
systemctl start fleet-store
"""
ASK = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9721/metrics').read().decode())"
)
REMEMBERS = """
import sqlite3, sys
known = sqlite3.connect(sys.argv[1] + "/memory.db").execute("SELECT key FROM v4").fetchall()
print((bytes(map(int, sys.argv[2].split("."))),) in known)
"""
CLEAN = f"rm -f {STATE}/exemptions.json {STATE}/fleet.json {STATE}/.amending {CERTIFICATE}"


def users():
    """Return the store's users, as the documentation tells operators to write them."""
    text = (mail.ROOT / "docs/fleet.md").read_text()
    lines = re.findall(r"^user .*$", text, re.MULTILINE)
    return "\n".join(lines).replace("A-LONG-PASSWORD", PASSWORD) + "\n"


class Fleet:
    """Three hosts and what an operator, a client and a vandal do with them."""

    hosts = HOSTS

    @staticmethod
    def domain(host):
        """Return the domain that a host receives for."""
        return "bookworm.example" if host == "mx-bookworm" else "trixie.example"

    @staticmethod
    def order(host, *words):
        """Call `ptrgate exempt` on a host; return when it was done."""
        mail.inside(host, "ptrgate", "exempt", *words)
        return time.time()

    def let_in(self, host, address):
        """Exempt an address on a host; return when that was done."""
        who = ("--owner", "jane", "--reason", "their ISP is slow")
        return self.order(host, "add", address, "--days", "3", *who)

    @staticmethod
    def listed():
        """Return by host whom it lets in at run time, as its file says."""
        look = f"cat {STATE}/exemptions.json 2> /dev/null || true"
        said = {host: mail.inside(host, "sh", "-c", look) for host in HOSTS}
        known = {host: json.loads(text or '{"exemptions": []}') for host, text in said.items()}
        return {host: {one["id"] for one in all_["exemptions"]} for host, all_ in known.items()}

    @staticmethod
    def connected(host):
        """Tell whether a host says that it speaks with the store."""
        look = "cat /run/ptrgate-share/status.json 2> /dev/null || true"
        return '"connected": true' in mail.inside(host, "sh", "-c", look)

    def end_all(self):
        """Take back whatever is let in at run time, on each host for itself."""
        for host, names in self.listed().items():
            for name in names:
                mail.inside(host, "sh", "-c", f"ptrgate exempt remove {name} || true")
        self.wait_until_listed()

    def wait_until_listed(self, *ids):
        """Wait until all hosts let in exactly these."""
        self.wait(lambda: all(found == set(ids) for found in self.listed().values()))

    def answered(self, address, code, seconds=60):
        """Return futures: when each host first answers a client so."""
        script = (HERE / "watch.py").read_text()

        def watch(host):
            words = (f"user@{self.domain(host)}", address, str(code), str(seconds))
            return mail.inside(host, "python3", "-", *words, words=script).strip()

        pool = ThreadPoolExecutor(len(HOSTS))
        return {host: pool.submit(watch, host) for host in HOSTS}

    def say(self, host, *addresses):
        """Return what each client is told at RCPT now."""
        script = (HERE.parent / "breaker/strangers.py").read_text()
        recipient = f"user@{self.domain(host)}"
        return dict(
            json.loads(mail.inside(host, "python3", "-", recipient, *addresses, words=script))
        )

    @staticmethod
    def remembers(host, address):
        """Tell whether a host's memory holds an IPv4 address."""
        return mail.inside(host, "python3", "-c", REMEMBERS, STATE, address).strip() == "True"

    @staticmethod
    def journal(host, words, since):
        """Return the lines of the sharing that hold the words."""
        log = mail.inside(
            host, "journalctl", "-u", "ptrgate-share", "-o", "cat", f"--since=@{since}"
        )
        return [line for line in log.splitlines() if words in line]

    @staticmethod
    def metric(host, name):
        """Return a number as Prometheus is told it."""
        told = mail.inside(host, "python3", "-c", ASK)
        return float(re.search(rf"^{name} (\S+)$", told, re.MULTILINE)[1])

    @staticmethod
    def store(*command):
        """Run a command on the store's host."""
        return mail.inside(STORE, *command)

    def keys(self, *order):
        """Speak with the store as somebody who stole the password."""
        tls = ("--tls", "--cacert", CERTIFICATE, "--user", "ptrgate", "--no-auth-warning")
        place = ("-h", ADDRESS, "-a", PASSWORD)
        return self.store(f"{KIND}-cli", *tls, *place, *order).strip()

    @staticmethod
    def wait(condition, seconds=60):
        """Wait until the condition holds."""
        ends = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends, condition
            time.sleep(0.3)

    def in_step(self):
        """Wait until all hosts and the store speak with each other."""
        self.wait(lambda: all(map(self.connected, HOSTS)), seconds=60)


def begin():
    """Start the store, and let both appliances and the twin share."""
    start(STORE, IMAGE, ADDRESS)
    for path, text in {
        "/etc/systemd/system/fleet-store.service": UNIT,
        "/etc/fleet.conf": SETTINGS,
        "/etc/fleet.acl": users(),
    }.items():
        podman("exec", "-i", STORE, "sh", "-c", f"cat > {path}", words_in=text)
    podman("exec", STORE, "sh", "-ec", PREPARE)
    certificate = podman("exec", STORE, "cat", CERTIFICATE)
    for host in HOSTS[:2]:
        copy = f"rm -f {STATE}/memory.db*; cat > {CERTIFICATE}"
        podman("exec", "-i", host, "sh", "-c", copy, words_in=certificate)


def clone():
    """Make a third host of what the second has become."""
    podman("commit", "--quiet", "--pause=false", "mx-trixie", "localhost/ptrgate-lab:twin")
    start(
        TWIN, "localhost/ptrgate-lab:twin", TWIN_ADDRESS, "--dns=127.0.0.1",
        "--volume", f"{mail.ROOT}/build/lab/mx-trixie.routes:/etc/lab-routes:ro",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_exempted(fleet):
    """Let no test find what another has ordered."""
    yield
    fleet.end_all()


@pytest.fixture(scope="session")
def sharing(tmp_path_factory):
    """Return a function that deploys with these variables, as an operator would."""
    place = tmp_path_factory.mktemp("runs")

    def run_with(**variables):
        file = place / f"{time.time_ns()}.json"
        file.write_text(json.dumps(variables))
        return deploy("-e", f"@{file}", "--tags", "engine,milter", place=place / "runs")

    return run_with


@pytest.fixture(scope="session")
def fleet(sharing):
    """The fleet, in step; afterwards the appliances are as they were."""
    try:
        begin()
        done = sharing(
            ptrgate_share_url=f"rediss://ptrgate@{ADDRESS}:6379",
            ptrgate_share_password=PASSWORD,
            ptrgate_share_ca=CERTIFICATE,
        )
        assert done.status == 0, done.output[-3000:]
        clone()
        fleet = Fleet()
        fleet.wait(lambda: "10026" in mail.inside(TWIN, "ss", "-Hltn"))
        fleet.in_step()
        yield fleet
    finally:
        remove(TWIN, STORE)
        podman("rmi", "--force", "--ignore", "localhost/ptrgate-lab:twin")
        ended = sharing(ptrgate_share_url="")
        for host in HOSTS[:2]:
            mail.inside(host, "sh", "-c", CLEAN)
        assert ended.status == 0, ended.output[-3000:]

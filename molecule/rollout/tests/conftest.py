# SPDX-License-Identifier: GPL-3.0-or-later
"""Another release for both appliances, mail that is counted meanwhile, and the hosts as before."""

import json
import re
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from lab import mail
from lab.deployments import ROOT, deploy
from tests.releasing import HOSTS, LIB, in_use

LOAD = (Path(__file__).parents[1] / "load.py").read_text()
STOP = "/run/load.stop"
GOOD = "198.51.100.10"


@pytest.fixture(scope="session")
def overlay(tmp_path_factory):
    """Write variables that all hosts get, whatever the lab's inventory says; return the words."""

    def write(**variables):
        file = tmp_path_factory.mktemp("overlay") / "overlay.yml"
        file.write_text(yaml.safe_dump(variables))
        return ["-e", f"@{file}"]

    return write


@pytest.fixture(scope="session")
def play(tmp_path_factory, overlay):
    """Run a playbook with other variables for the appliances; its record stands apart."""

    def run(playbook, *arguments, inventory=(), **variables):
        more = [word for source in [ROOT / "inventory/lab", *inventory] for word in ("-i", source)]
        more += overlay(**variables)
        place = tmp_path_factory.mktemp("runs")
        return deploy(*more, *arguments, place=place, playbook=playbook)

    return run


class Mail:
    """What was sent while something else went on, and where it is."""

    told: dict = {}  # noqa: RUF012 - replaced, never changed

    @property
    def refused(self):
        """What no server took."""
        return {one: code for one, code in self.told.items() if code != 250}

    def arrived(self):
        """Return how often each message is in a mailbox."""
        return Counter(re.findall(r"<(load.+)>", mail.mailed("inner", "")))

    def wrong(self):
        """Return what was taken and is not there once, after all had time to arrive."""
        end = time.monotonic() + 60
        while True:
            found = self.arrived()
            wrong = {one: found[one] for one in self.told if found[one] != 1}
            if not wrong or time.monotonic() > end:
                return wrong
            time.sleep(1)


@pytest.fixture(scope="session")
def writing():
    """Have a good sender write to both appliances; what became of it is known afterwards."""

    @contextmanager
    def load(hosts=HOSTS):
        ways = [
            f"{mail.inside(host, 'hostname', '-I').split()[0]}={host.split('-')[1]}.example"
            for host in hosts
        ]
        mail.inside("internet", "rm", "-f", STOP)
        command = ["podman", "exec", "-i", "internet", "python3", "-", GOOD, STOP, *ways]
        books = Mail()
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as sender:
            sender.stdin.write(LOAD)
            sender.stdin.close()
            try:
                yield books
            finally:
                mail.inside("internet", "touch", STOP)
                books.told = json.loads(sender.stdout.read())

    return load


@pytest.fixture(scope="session", autouse=True)
def found_again():
    """Take away what the tests left: releases that were not there, and their history."""
    kept = f"cd {LIB} && ls releases && cp -p history /root/history.kept 2>/dev/null || true"
    before = {host: mail.inside(host, "sh", "-c", kept).split() for host in HOSTS}
    current = in_use()
    mail.clear()
    yield
    assert in_use() == current
    for host in HOSTS:
        keep = " ".join(f"! -name {name}" for name in before[host])
        script = (
            f"cd {LIB} && find releases -mindepth 1 -maxdepth 1 {keep} -exec rm -r {{}} +; "
            f"rm -f history; test ! -e /root/history.kept || mv /root/history.kept history"
        )
        mail.inside(host, "sh", "-c", script)
    mail.clear()

# SPDX-License-Identifier: GPL-3.0-or-later
"""An appliance whose numbers are read, and what can be done to them."""

from __future__ import annotations

import json
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lab.mail import ROOT, inside

DIALOGUE = (ROOT / "molecule/refusals/dialogue.py").read_text()
SCRAPE = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9721/metrics').read().decode())"
)
SECONDS = 60


class Appliance:
    """One appliance, as Prometheus and its operator see it."""

    def __init__(self, host):
        self.host = host
        self.name = host.check_output("hostname").split(".")[0]
        self.domain = self.name.removeprefix("mx-") + ".example"
        self.addresses = host.check_output("hostname -I").split()

    def told(self):
        """Return what Prometheus is told, as it is."""
        return self.host.check_output("python3 -c %s", SCRAPE)

    def samples(self):
        """Return what Prometheus is told: value by name and labels."""
        families = text_string_to_metric_families(self.told())
        samples = [sample for family in families for sample in family.samples]
        return {(one.name, *sorted(one.labels.items())): one.value for one in samples}

    def survey(self):
        """Look at the queue as the timer does; return what Prometheus is told then."""
        self.host.check_output("systemctl start ptrgate-survey.service")
        return self.samples()

    def say(self, source, *lines):
        """Speak SMTP from an address of the Internet."""
        target = next(one for one in self.addresses if (":" in one) == (":" in source))
        inside("internet", "python3", "-", source, target, *lines, words=DIALOGUE)

    def ptrgate(self, words):
        """Run a verb with --json."""
        return json.loads(self.host.check_output(f"ptrgate {words} --json"))


@pytest.fixture(scope="module")
def appliance(host):
    return Appliance(host)


@pytest.fixture(scope="session")
def wait_for():
    """Return a function: wait until something holds."""

    def wait(condition):
        end = time.monotonic() + SECONDS
        while not (held := condition()):
            assert time.monotonic() < end, condition
            time.sleep(0.5)
        return held

    return wait

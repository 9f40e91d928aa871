# SPDX-License-Identifier: GPL-3.0-or-later
"""An appliance whose operator is awake, two senders without reverse DNS, and their mail."""

import json
import time
from dataclasses import dataclass

import pytest
import testinfra

from lab import mail
from lab.deployments import deploy
from lab.mail import MAILBOXES, ROOT, inside

DIALOGUE = (ROOT / "molecule/refusals/dialogue.py").read_text()
STATE = "/var/lib/ptrgate/milter"
SECONDS = 30


@dataclass
class Operator:
    """One appliance, called as its operator calls it."""

    host: object
    name: str
    domain: str
    addresses: list[str]
    waiting: str = ""  # the mail that waits in a sender's queue

    def ptrgate(self, words, status=0):
        """Run a verb with --json, as it would be pasted; return what it says."""
        done = self.host.run(f"ptrgate {words} --json")
        assert done.rc == status, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout else done.stderr

    def reply(self, source, recipient="user"):
        """Say RCPT from an address of the Internet; return the last reply."""
        target = next(one for one in self.addresses if (":" in one) == (":" in source))
        lines = ["MAIL FROM:<a@senders.example>", f"RCPT TO:<{recipient}@{self.domain}>"]
        said = inside("internet", "python3", "-", source, target, *lines, words=DIALOGUE)
        return json.loads(said)[-1][1]

    def send(self, sender):
        """Send one mail from a sender of the inventory; return the word it is known by."""
        token = f"operator-{time.time_ns()}"
        text = f"Message-ID: <{token}@lab>\nSubject: {token}\n\n{token}\n"
        envelope = f"{sender}@senders.example"
        command = f"sendmail -f {envelope} user@{self.domain} <<'.'\n{text}.\n"
        inside("internet", "sh", words=command)
        return token

    @staticmethod
    def flush():
        """Let the senders' server try again what waits there."""
        inside("internet", "postqueue", "-f")

    @staticmethod
    def delivered(token):
        """Tell whether the mailbox server has that mail."""
        return token in mail.mailed("inner", "")

    def bounce(self, sender):
        """Return the URL that the sender reads in his bounce, once it is there."""
        folder = f"{MAILBOXES}/senders.example/{sender}"
        look = f"grep -rhoE 'http://[^ ]+/r/[0-9A-Z]+' {folder} 2>/dev/null | tail -1"
        self.wait_for(lambda: inside("internet", "sh", "-c", f"{look}; true"))
        return inside("internet", "sh", "-c", look).strip()

    def lines(self, **values):
        """Return the milter's lines of the last minutes with these values."""
        found = mail.verdicts(self.name, "-3min")
        return [line for line in found if values.items() <= line.items()]

    def journal(self, words):
        """Return the milter's other lines of the last minutes that contain the words."""
        log = self.host.check_output("journalctl -u ptrgate-milter -o cat --since=-3min")
        return [line for line in log.splitlines() if words in line]

    @staticmethod
    def wait_for(condition, seconds=SECONDS):
        """Wait until the condition holds; tell how long that took."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() < begun + seconds, condition
            time.sleep(0.2)
        return time.monotonic() - begun


@pytest.fixture(scope="module")
def operator(host):
    """Return the appliance; afterwards nothing is granted there and nothing waits."""
    name = host.check_output("hostname").split(".")[0]
    addresses = host.check_output("hostname -I").split()
    operator = Operator(host, name, name.removeprefix("mx-") + ".example", addresses)
    mail.clear()
    yield operator
    host.check_output(f"rm -f {STATE}/exemptions.json {STATE}/pause.json {STATE}/.amending")
    mail.clear()


@pytest.fixture(scope="session")
def other_hosts():
    """Return the appliances by name, as testinfra reaches them."""
    return {name: testinfra.get_host(f"podman://{name}") for name in ("mx-bookworm", "mx-trixie")}


@pytest.fixture(scope="session")
def play(tmp_path_factory):
    """Run a playbook; its record does not stand among those of the deployments."""

    def run(playbook, *arguments):
        place = tmp_path_factory.mktemp("runs")
        return deploy(*arguments, place=place, playbook=playbook)

    return run

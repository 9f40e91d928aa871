# SPDX-License-Identifier: GPL-3.0-or-later
"""One appliance at a time: its PTR records taken away and given back, its mail counted."""

import json
import subprocess
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

import pytest
import testinfra

from tests.releasing import in_use

WAIT = 60
PROOFS = 12


@dataclass
class Appliance:
    """An appliance and its surroundings, while its gate's timer rests."""

    host: object
    dns: object
    internet: object
    inner: object
    addresses: list[str]
    tokens: list[str] = field(default_factory=list)

    def gate(self):
        """Return what the gate says of itself."""
        return json.loads(self.host.check_output("ptrgate gate status --json"))

    def prove_until(self, rung):
        """Prove as the timer would until the gate reaches ``rung``; return the number of proofs."""
        for number in range(1, PROOFS):
            self.host.check_output("ptrgate gate prove")
            if self.gate()["rung"] == rung:
                return number
            time.sleep(1.1)  # a proof counts only after the interval, a second in the lab
        pytest.fail(
            f"the gate never came to {rung}: {self.host.check_output('ptrgate gate explain')}"
        )

    def lose_ptr(self, *addresses):
        """Take the PTR records away, of all addresses unless some are named."""
        self.dns.check_output("lab-dns remove " + " ".join(addresses or self.addresses))

    def regain_ptr(self):
        """Give the PTR records back."""
        self.dns.check_output("lab-dns restore " + " ".join(self.addresses))

    def send(self, to, sender="postmaster@company.example"):
        """Submit one message with a token of its own; return the token."""
        token = f"token-{uuid.uuid4().hex}"
        message = f"From: {sender}\nTo: {to}\nSubject: {token}\n\n{token}\n"
        envelope = sender or "<>"
        self.host.check_output("printf %%s %s | sendmail -f %s %s", message, envelope, to)
        self.tokens.append(token)
        return token

    def stays_shut(self, to):
        """Push the queue, submit one message more: all of them wait, none has left."""
        self.host.check_output("systemctl stop ptrgate-gate.timer; postqueue -f")
        self.send(to)
        time.sleep(2)
        assert sum(self.delivered().values()) == 0
        assert self.wait_for(lambda: len(self.waiting()) == len(self.tokens))
        assert self.gate()["rung"] == "hold"

    def release(self):
        """Return the release that the host runs."""
        name = self.host.backend.name
        return in_use([name])[name]

    def delivered(self):
        """Return how often each of our messages is in a mailbox of the Internet."""
        found = self.internet.run("grep -rhao 'Subject: token-[0-9a-f]*' /var/mail/lab").stdout
        counted = Counter(line.removeprefix("Subject: ") for line in found.splitlines())
        return {token: counted[token] for token in self.tokens}

    def waiting(self):
        """Return the queue ids of what waits."""
        return [row["queue_id"] for row in self._queue()]

    def in_queue(self, name):
        """Return the queue ids of one of Postfix's queues."""
        return [row["queue_id"] for row in self._queue() if row["queue_name"] == name]

    def _queue(self):
        return [json.loads(line) for line in self.host.check_output("postqueue -j").splitlines()]

    def reboot(self):
        """Restart the container, which is what a reboot is here; the timer rests again.

        Podman writes resolv.conf anew then, which no reboot does.
        """
        resolv = self.host.file("/etc/resolv.conf").content_string
        subprocess.run(["podman", "restart", self.host.backend.name], check=True)
        self.host.check_output("printf %%s %s > /etc/resolv.conf", resolv)
        assert self.wait_for(lambda: self.host.run("systemctl is-system-running --wait").stdout)
        self.host.check_output("systemctl stop ptrgate-gate.timer")
        self.host.check_output("systemctl restart postfix")
        assert self.wait_for(lambda: self.host.run("postfix status").rc == 0)

    def forget_literals(self):
        """Remove from the Internet's queue what went to an address literal: nobody is there."""
        literals = "postqueue -j | grep -F '@[' | sed 's/.*queue_id.: .\\([^\"]*\\).,.*/\\1/'"
        self.internet.check_output(f"{literals} | postsuper -d -")

    @staticmethod
    def wait_for(condition, seconds=WAIT):
        """Wait until the condition holds; tell whether it does."""
        ends = time.monotonic() + seconds
        while not condition() and time.monotonic() < ends:
            time.sleep(0.5)
        return condition()


@pytest.fixture(scope="module")
def appliance(host):
    """Return an appliance whose gate is open and moves by order only; put all back afterwards."""
    rows = json.loads(host.check_output("ptrgate gate status --json"))["proofs"]
    others = [testinfra.get_host(f"podman://{name}") for name in ("dns", "internet", "inner")]
    appliance = Appliance(host, *others, [row["address"] for row in rows])
    host.check_output("systemctl stop ptrgate-gate.timer")
    appliance.prove_until("direct")
    yield appliance
    appliance.regain_ptr()
    appliance.prove_until("direct")
    host.check_output("systemctl start ptrgate-gate.timer")
    appliance.wait_for(lambda: not appliance.waiting())

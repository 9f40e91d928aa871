# SPDX-License-Identifier: GPL-3.0-or-later
"""A next hop in any mood, a stranger who forges his sender, and what is found of his mail."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path

import pytest

from lab.mail import MAILBOXES, inside

DIALOGUE = Path(__file__).parents[2] / "refusals/dialogue.py"
STRANGER = "198.51.100.10"
PLACE = "/tmp/next-hop-{port}"  # noqa: S108 - in a container of the lab
SINK = "rm -rf {place} && mkdir {place} && chmod 777 {place} && exec smtp-sink -u nobody -R {place}"
LISTEN = " -d %s. {mood} 203.0.113.30:{port} 99"
PORTS = {"listed.example": 2525, "asked.example": 2526}


def until(condition, seconds=30):
    """Wait until the condition holds; return what it said last."""
    ends = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < ends:
        time.sleep(0.3)
    return said


@pytest.fixture
def wait_for():
    """Wait until a condition holds; what it said last."""
    return until


class NextHop:
    """The mailbox servers of listed.example and asked.example, played by Postfix's smtp-sink."""

    def start(self, domain, *mood):
        """Start the server of a domain; ``mood`` are options of smtp-sink."""
        self.stop(domain)
        port = PORTS[domain]
        place = PLACE.format(port=port)
        words = (SINK + LISTEN).format(place=place, mood=" ".join(mood), port=port)
        inside("inner", "systemd-run", "--quiet", f"--unit=sink-{port}", "sh", "-c", words)
        until(lambda: f":{port} " in inside("inner", "ss", "-Hlnt"))

    def stop(self, domain):
        """Stop it."""
        unit = f"sink-{PORTS[domain]}"
        inside("inner", "sh", "-c", f"systemctl stop {unit}; systemctl reset-failed {unit}; true")

    def took(self, sender):
        """Return the domains' recipients that got mail of a sender."""
        places = PLACE.format(port="*")
        script = f"grep -rl 'X-Mail-Args:.*{sender}' {places} | xargs -r grep -h X-Rcpt-Args; true"
        lines = inside("inner", "sh", "-c", script).splitlines()
        return sorted(line.split("<")[1].split(">")[0] for line in lines)


@pytest.fixture(scope="session")
def next_hop():
    """Return the next hops, which stop when the tests end."""
    hop = NextHop()
    yield hop
    for domain in PORTS:
        hop.stop(domain)
    inside("inner", "sh", "-c", "rm -rf " + PLACE.format(port="*"))


@pytest.fixture
def say(host):
    """Say SMTP lines to this appliance from ``source``; the replies after EHLO's."""
    addresses = host.check_output("hostname -I").split()

    def dialogue(*lines, source=STRANGER):
        target = next(one for one in addresses if (":" in one) == (":" in source))
        script = DIALOGUE.read_text()
        said = inside("internet", "python3", "-", source, target, *lines, words=script)
        return [reply for _, reply in json.loads(said)][1:]

    return dialogue


@pytest.fixture
def forged():
    """Return a sender's address that nobody used before; its mailbox is on the Internet."""
    return f"forged-{uuid.uuid4().hex[:12]}@senders.example"


class Queue:
    """What waits on an appliance."""

    def __init__(self, host):
        self.host = host

    def reasons(self):
        """Return queue id -> why it waits; what is under way has no reason."""
        rows = map(json.loads, self.host.check_output("postqueue -j").splitlines())
        return {
            row["queue_id"]: " ".join(one.get("delay_reason", "") for one in row["recipients"])
            for row in rows
        }

    def waits(self, one, words):
        """Tell whether a message comes to wait for this reason."""
        return until(lambda: words in self.reasons().get(one, ""))

    def left(self, one):
        """Tell whether a message leaves."""
        return until(lambda: one not in self.reasons())

    def flush(self):
        """Try all again, and forget which next hops were down."""
        self.host.check_output("postqueue -f")


@pytest.fixture
def queue(host):
    """Return the appliance's queue, which is emptied afterwards."""
    queue = Queue(host)
    yield queue
    for one in queue.reasons():
        host.run(f"postsuper -d {one}")


@pytest.fixture
def send(say, forged):
    """Send one message from a forged sender; the queue id, or the reply that refused it."""

    def message(*recipients):
        lines = [f"RCPT TO:<{recipient}>" for recipient in recipients]
        said = say(f"MAIL FROM:<{forged}>", *lines, "DATA", "QUIT")
        return said[-2].rpartition("queued as ")[2]

    return message


@pytest.fixture
def returned():
    """Return the function that tells what the Internet's mailboxes got for an address."""

    def notices(address):
        script = f"grep -rl 'To: .*{address}' {MAILBOXES} || true"
        return inside("internet", "sh", "-c", script).split()

    return notices


@pytest.fixture
def no_lifetime(host):
    """Mail that is refused once has waited long enough."""
    host.check_output("postconf -e maximal_queue_lifetime=0 bounce_queue_lifetime=0")
    host.check_output("postfix reload")
    yield
    host.check_output("postconf -e maximal_queue_lifetime=5d bounce_queue_lifetime=5d")
    host.check_output("postfix reload")

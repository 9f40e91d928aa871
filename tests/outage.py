# SPDX-License-Identifier: GPL-3.0-or-later
"""Both appliances at once: how they are broken, who writes to them, and how the count is taken."""

import functools
import itertools
import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import yaml

from lab import mail

HOSTS = ("mx-bookworm", "mx-trixie")
BURST = (mail.ROOT / "molecule/faults/burst.py").read_text()
NAMES = ("good", "several", "classless", "nameless", "nowhere")
ROWS = yaml.safe_load((mail.ROOT / "inventory/lab/group_vars/lab/senders.yml").read_text())
SENDERS = [row for row in ROWS["senders"] if row["name"] in NAMES]
MILTER = "ptrgate-milter.socket ptrgate-milter.service"
HEALTHY = f"ptrgate-dns.socket ptrgate-dns.service {MILTER} unbound postfix"
HELD = "/run/burst.held"  # on `internet`; while it is there, clients that wait say no RCPT
number = itertools.count()


def on_all(script):
    """Run a shell script on both appliances at once; return what each printed."""
    with ThreadPoolExecutor(len(HOSTS)) as hands:
        told = hands.map(lambda host: mail.inside(host, "sh", "-c", script), HOSTS)
        return dict(zip(HOSTS, told, strict=True))


def main_pids():
    """Return the supervisors' process ids by host."""
    return {
        host: int(words)
        for host, words in on_all("systemctl show -P MainPID ptrgate-milter").items()
    }


def workers():
    """Return the workers' process ids by host."""
    script = "pgrep -P $(systemctl show -P MainPID ptrgate-milter) || true"
    return {host: [int(pid) for pid in told.split()] for host, told in on_all(script).items()}


def wait_for(condition, seconds):
    """Wait until it holds; tell whether it does."""
    end = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.5)
    return holds


def letters(each=2, *, waits=False):
    """Return ``each`` letters of every sender to every appliance; see burst.py for ``waits``."""
    return [
        {
            "identity": f"faults{time.time_ns()}.{next(number)}@lab",
            "source": sender["address"][0],
            "target": target(host),
            "sender": f"{sender['name']}@senders.example",
            "recipient": f"user@{host.removeprefix('mx-')}.example",
            "waits": waits,
            "wanted": sender["must"]["code"] == 250,
        }
        for host in HOSTS
        for sender in SENDERS
        for _ in range(each)
    ]


@functools.cache
def target(host):
    """Return the appliance's IPv4 address; asked once, since every look into a container costs."""
    addresses = mail.inside(host, "hostname", "-I").split()
    return next(one for one in addresses if ":" not in one)


def send(some):
    """Have clients deliver the letters, all at once; return them with what they were told."""
    script = f"cat > /root/burst.json <<'.'\n{json.dumps(some)}\n.\n"
    mail.inside("internet", "sh", words=script)
    command = 'exec 3<&0; python3 -c "$(cat /dev/fd/3)" < /root/burst.json'
    return json.loads(mail.inside("internet", "sh", "-c", command, words=BURST))


def copies():
    """Return how often each message is in a mailbox of the inner server."""
    ids = re.findall(r"<(.+)>", mail.mailed("inner", ""))
    return Counter(ids)


@contextmanager
def sessions_open(books, each=1):
    """Be in the middle of sessions, MAIL said and RCPT not; yield where their rows will be."""
    some = letters(each, waits=True)
    mail.inside("internet", "sh", "-c", f": > {HELD}")
    clients = ThreadPoolExecutor(1)
    try:
        future = clients.submit(books.burst, some)
        ready = f"test $(wc -l < {HELD}) -ge {len(some)} && echo yes || true"
        assert wait_for(lambda: mail.inside("internet", "sh", "-c", ready), 40)
        yield future
    finally:
        mail.inside("internet", "rm", "-f", HELD)
        clients.shutdown(wait=False)


class Books:
    """Everything that was sent, what was told of it, and where it is."""

    def __init__(self):
        self.told = {}
        self.waits = []

    def burst(self, some):
        """Send letters and enter what became of them."""
        rows = send(some)
        self.told |= {row["identity"]: row for row in rows}
        self.waits += [row["seconds"] for row in rows]
        return rows

    def having(self, *hundreds):
        """Return the letters whose last reply was of these hundreds."""
        return [row for row in self.told.values() if row["code"] // 100 in hundreds]

    def deferred(self):
        """Return the letters that are to be tried again."""
        return self.having(0, 4)

    def try_again(self, seconds=60):
        """Do as a sender's queue does, until all is delivered or refused; tell whether it is."""

        def again():
            if self.deferred():
                self.burst([row | {"waits": False} for row in self.deferred()])
            return not self.deferred()

        return wait_for(again, seconds)

    def wrongs(self):
        """Say what does not come out even; nothing if all is well."""
        accepted = {row["identity"] for row in self.having(2)}
        wait_for(lambda: accepted <= copies().keys(), 60)
        there = copies()
        wrong = [f"{row}: a good sender is refused" for row in self.having(5) if row["wanted"]]
        wrong += [f"{row}: a bad sender is accepted" for row in self.having(2) if not row["wanted"]]
        for identity, row in self.told.items():
            if there[identity] != (identity in accepted):
                wrong.append(f"{row}: {there[identity]} times in the mailbox")
        return wrong


def all_well():
    """Tell whether the workers of both appliances serve, and nothing is refused or leaving."""
    status = on_all("systemctl show -P StatusText ptrgate-milter").values()
    even = all(re.search(r"\b(\d+) of \1 workers serve", words) for words in status)
    return even and not any("refused" in words for words in status)

# SPDX-License-Identifier: GPL-3.0-or-later
"""An appliance on its way from observing to refusing, and mail that arrives there."""

from __future__ import annotations

import email
import json
import time
import uuid
from pathlib import Path

import pytest

from lab import mail
from lab.mail import MAILBOXES, inside

SEND = (Path(__file__).parents[1] / "send.py").read_text()
DIALOGUE = (Path(__file__).parents[2] / "refusals/dialogue.py").read_text()
POLICY = "$(readlink -f /usr/lib/ptrgate/current)/policy.toml"
DATABASE = "/var/lib/ptrgate/milter/memory.db"
STAGES = r"""
[actions.forged]
v4 = "tag"

[defer_hours.no_ptr]
v4 = 1
"""
SECONDS = 60
SQL = """import sqlite3, sys
file = sqlite3.connect(sys.argv[1], 30)
for statement in sys.argv[2].split(";"):
    print(*file.execute(statement).fetchall())
file.commit()
"""


class Appliance:
    """One appliance, and what can be done with it."""

    def __init__(self, host):
        self.host = host
        self.name = host.check_output("hostname").split(".")[0]
        self.domain = self.name.removeprefix("mx-") + ".example"
        self.authserv_id = f"{self.name}.company.example"
        self.addresses = host.check_output("hostname -I").split()

    def target(self, source):
        return next(one for one in self.addresses if (":" in one) == (":" in source))

    def reply(self, source, sender="a@senders.example"):
        """Return what RCPT is answered."""
        lines = [f"MAIL FROM:<{sender}>", f"RCPT TO:<user@{self.domain}>"]
        target = self.target(source)
        said = inside("internet", "python3", "-", source, target, *lines, words=DIALOGUE)
        return json.loads(said)[-1][1]

    def arrives(self, message, source):
        """Send a message from an address of the Internet; return it as the mailbox has it."""
        token = f"stages-{uuid.uuid4().hex}"
        words = ("a@senders.example", f"user@{self.domain}", f"Subject: {token}\r\n{message}")
        said = inside("internet", "python3", "-", source, self.target(source), *words, words=SEND)
        assert said.startswith("250 "), said
        return self.mailed(token)

    @staticmethod
    def mailed(token):
        """Return the message with that word, once it is in a mailbox."""
        look = f"grep -rlF {token} {MAILBOXES} | head -1 | xargs -r cat"
        return email.message_from_string(Appliance.until(lambda: inside("inner", "sh", "-c", look)))

    def ptrgate(self, words, *, status=0):
        """Run a verb with --json; return what it says."""
        done = self.host.run(f"ptrgate {words} --json")
        assert done.rc == status, done.stdout + done.stderr
        return json.loads(done.stdout)

    def wait_for_line(self, **values):
        """Wait until the milter has written a line with these values."""
        self.until(
            lambda: any(values.items() <= one.items() for one in mail.verdicts(self.name, "-9min"))
        )

    def asked(self, statements):
        """Ask the memory, or change it, as its owner."""
        script = f"runuser -u ptrgate -- python3 - {DATABASE} '{statements}'"
        return inside(self.name, "sh", "-c", script, words=SQL).strip()

    def sql(self, statements):
        """Change the memory, and let the workers begin anew."""
        self.asked(statements)
        self.host.check_output("systemctl reload ptrgate-milter")

    def notes(self):
        """Return how many clients were told first, once it is any."""
        said = self.asked("SELECT count(*) FROM warned4 WHERE seen > 0")
        return int(said.strip("(),"))

    @staticmethod
    def until(condition, seconds=SECONDS):
        """Return what the condition says, once it says something."""
        ends = time.monotonic() + seconds
        while not (said := condition()):
            assert time.monotonic() < ends, condition
            time.sleep(0.3)
        return said


@pytest.fixture(scope="module")
def staged(host):
    """Return the appliance with another policy, for as long as the tests run."""
    appliance = Appliance(host)
    host.check_output(f"cp -p {POLICY} /root/policy.kept")
    host.check_output(f"sed -i 's/^days = 0$/days = 90/' {POLICY}")
    host.check_output(f"cat >> {POLICY} <<'.'\n{STAGES}.")
    host.check_output("systemctl reload ptrgate-milter")
    yield appliance
    host.check_output(f"cp -p /root/policy.kept {POLICY} && rm /root/policy.kept")
    appliance.sql("DELETE FROM warned4; DELETE FROM warned6; DELETE FROM written")
    host.check_output("rm -f /var/lib/ptrgate/milter/learned")

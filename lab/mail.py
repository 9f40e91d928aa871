# SPDX-License-Identifier: GPL-3.0-or-later
"""Send one mail from every sender of the lab to every appliance, and find out what became of it.

Used by the demo and by the refusal scenario, so that both say the same. All senders are real: one
Postfix, bound to a sender's address for that sender's mail. What is known afterwards comes from the
sender's own log, the mailboxes, the sender's queue and the appliance's journal.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from ptrgate.milter import journal  # noqa: E402 -- the path is set in the line above

MAILBOXES = "/var/mail/lab"
QUEUED = re.compile(r"^([0-9A-Za-z]+): message-id=<(.+)>$")
ATTEMPT = re.compile(r"^([0-9A-Za-z]+): to=<.*?>, .*status=(sent|bounced|deferred) \((.*)\)$")
SAID = re.compile(r"said: (\d{3}) (.*?)(?: \(in reply to (.*) command\))?$")

XCLIENT = """
import smtplib, sys
server = smtplib.SMTP("127.0.0.1", 10026, timeout=30)
address, sender, recipient, text = sys.argv[1:5]
def say(code, words):
    if code >= 400: print(code, words.decode()); sys.exit()
server.ehlo("lab")
say(*server.docmd("XCLIENT", f"ADDR={address}"))
server.ehlo("lab")
say(*server.mail(sender)); say(*server.rcpt(recipient))
code, words = server.data(text); print(code, words.decode())
"""


@dataclass
class Fate:
    """One mail of one sender to one appliance, and what became of it.

    ``reply`` is the appliance's own last line to the sender, ``ends`` one of mailbox, dsn, queue or
    ``?``, ``line`` the appliance's journal line as `journal.parse` returns it.
    """

    sender: dict[str, Any]
    host: str
    domain: str
    identity: str
    reply: str = ""
    ends: str = "?"
    line: dict[str, str] = field(default_factory=dict)

    @property
    def recipient(self) -> str:
        """The recipient's address."""
        return f"{self.sender.get('to', 'user')}@{self.domain}"

    @property
    def envelope(self) -> str:
        """The sender's address."""
        return f"{self.sender['name']}@senders.example"

    def differences(self) -> list[str]:
        """Say what is not as the inventory says it must be; nothing if all is well."""
        must = self.sender["must"]
        seen = {
            "finding": self.line.get("finding"),
            "rule": self.line.get("rule"),
            "code": int(self.reply[:3]) if self.reply[:3].isdigit() else None,
            "ends": self.ends,
        }
        return [
            f"{key} is {seen[key]}, must be {must[key]}" for key in seen if seen[key] != must[key]
        ]


def inside(host: str, *command: str, words: str = "") -> str:
    """Run ``command`` in the lab's host and return what it prints."""
    done = subprocess.run(
        ["podman", "exec", "-i", host, *command],
        input=words, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{host}: {' '.join(command)[:80]}: {done.stderr.strip()}")
    return done.stdout


def inventory() -> dict[str, Any]:
    """Return the lab's inventory: `_meta.hostvars` and the groups."""
    done = subprocess.run(
        [ROOT / ".venv/bin/ansible-inventory", "-i", ROOT / "inventory/lab", "--list"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    known: dict[str, Any] = json.loads(done.stdout)
    return known


def letters(known: dict[str, Any], run: str) -> list[Fate]:
    """Return one mail a sender and appliance; an appliance has a domain named for its Debian."""
    hosts = known["ptrgate"]["hosts"]
    senders = known["_meta"]["hostvars"]["internet"]["senders"]
    return [
        Fate(
            sender,
            host,
            host.removeprefix("mx-") + ".example",
            f"{run}.{sender['name']}.{host}@lab",
        )
        for sender in senders
        for host in hosts
    ]


def send(fates: Iterable[Fate]) -> None:
    """Hand every mail to the sender's Postfix, or to the appliance itself over XCLIENT."""
    script = []
    for fate in fates:
        says = fate.sender["says"]
        text = f"Message-ID: <{fate.identity}>\nSubject: {says}\n\n{says}\n"
        if fate.sender.get("xclient"):
            fate.reply = inside(
                fate.host, "python3", "-c", XCLIENT,
                fate.sender["address"][0], fate.envelope, fate.recipient, text,
            ).strip()  # fmt: skip
        else:
            script.append(f"sendmail -f {fate.envelope} {fate.recipient} <<'.'\n{text}.\n")
    inside("internet", "sh", words="".join(script))


def attempts(since: str) -> dict[str, tuple[str, str]]:
    """Return message id -> (status, words) of the last delivery attempt in the senders' log."""
    identities, found = {}, {}
    log = inside(
        "internet", "journalctl", "-o", "cat", "--since", since,
        "-t", "postfix/smtp", "-t", "postfix/cleanup",
    )  # fmt: skip
    for line in log.splitlines():
        if queued := QUEUED.match(line):
            identities[queued[1]] = queued[2]
        elif (attempt := ATTEMPT.match(line)) and attempt[1] in identities:
            found[identities[attempt[1]]] = (attempt[2], attempt[3])
    return found


def mailed(host: str, folder: str) -> str:
    """Return all the Message-ID lines of the mailboxes below ``folder``, with their files."""
    return inside(host, "sh", "-c", f"grep -rsi '^message-id: ' {MAILBOXES}/{folder} || true")


def verdicts(host: str, since: str) -> list[dict[str, str]]:
    """Return the appliance's journal lines, oldest first."""
    log = inside(host, "journalctl", "-o", "cat", "-u", "ptrgate-milter", "--since", since)
    return [line for line in map(journal.parse, log.splitlines()) if line]


def learn(fates: list[Fate], since: str) -> None:
    """Fill in what is known by now of every mail."""
    tried = attempts(since)
    inner = mailed("inner", "")
    returned = mailed("internet", "senders.example")
    queue = inside("internet", "sh", "-c", 'postqueue -j | grep -o \'"queue_id": "[^"]*"\' || true')
    for fate in fates:
        status, words = tried.get(fate.identity, ("", ""))
        if not fate.sender.get("xclient"):
            said = SAID.search(words)
            fate.reply = f"{said[1]} {said[2]}" if said else words
        if fate.identity in inner:
            fate.ends = "mailbox"
        elif fate.identity in returned:
            fate.ends = "dsn"
        elif status == "deferred" and queue:
            fate.ends = "queue"
    for host in {fate.host for fate in fates}:
        assign([fate for fate in fates if fate.host == host], verdicts(host, since))


def assign(fates: list[Fate], lines: list[dict[str, str]]) -> None:
    """Give every mail the line of the session it ended in.

    A session that was refused or deferred has its `ref` in the reply; one that was accepted is the
    sender's newest accepted one, known by envelope if it was seen, else by address.
    """
    for fate in fates:
        notice = fate.reply.rpartition("/r/")[2]
        mine = [
            line for line in lines
            if (notice.startswith(line.get("ref", "-")) if "/r/" in fate.reply
                else line["action"] in ("accept", "tag", "log"))
            and (line.get("from") == fate.envelope
                 or ("from" not in line and line["address"] in fate.sender["address"]))
        ]  # fmt: skip
        fate.line = mine[-1] if mine else {}


def watch(fates: list[Fate], since: str, seconds: float, told: Callable[[int], None]) -> None:
    """Look again until every mail has ended as it must, or ``seconds`` have passed."""
    end = time.monotonic() + seconds
    while True:
        learn(fates, since)
        left = sum(bool(fate.differences()) for fate in fates)
        told(len(fates) - left)
        if not left or time.monotonic() > end:
            return
        time.sleep(1)


def clear() -> None:
    """Empty the senders' queue and everybody's mailboxes."""
    inside("internet", "sh", "-c", f"postsuper -d ALL 2>/dev/null; rm -rf {MAILBOXES}/*")
    inside("inner", "sh", "-c", f"rm -rf {MAILBOXES}/*")


def now() -> str:
    """Return the lab's time in journalctl's words."""
    return inside("internet", "date", "+%Y-%m-%d %H:%M:%S").strip()

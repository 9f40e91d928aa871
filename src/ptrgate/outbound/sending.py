# SPDX-License-Identifier: GPL-3.0-or-later
"""Does this host already send mail? Then the gate starts by observing.

The first deployment must not stop a company's mail. A host sends if its Postfix is not behind the
gate yet, and its log shows a delivery to another host, or its queue holds mail. Behind the gate
(our table is in main.cf, the state was lost) the answer is no: a closed gate is never reopened.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from .mail import MAPS, Postfix

DAYS = 30
LOGS = (Path("/var/log/mail.log"), Path("/var/log/mail.log.1"))
SENT = re.compile(r"postfix/smtp\[\d+\]: .*\brelay=[^\s\[]+\[([^\]]+)\].*\bstatus=sent\b")
LOOPBACK = re.compile(r"127\.|::1$")


def evidence(postfix: Postfix, table: Path, *, logs: Iterable[Path] = LOGS) -> str:
    """Return why we think that this host sends mail, or an empty text."""
    if str(table) in postfix.parameter(MAPS):
        return ""
    queue = postfix.parameter("queue_directory")
    waiting = _waiting(Path(queue)) if queue else 0
    if waiting:
        return f"{waiting} messages wait in the queue"
    for line in _log_lines(logs):
        sent = SENT.search(line)
        if sent and not LOOPBACK.match(sent[1]):
            return f"Postfix delivered to {sent[1]} within the last {DAYS} days"
    return ""


def _waiting(queue: Path) -> int:
    return sum(
        1 for name in ("active", "deferred") for file in (queue / name).rglob("*") if file.is_file()
    )


def _log_lines(logs: Iterable[Path]) -> Iterator[str]:
    yield from _journal()
    for log in logs:
        if log.is_file():
            with log.open(encoding="utf-8", errors="replace") as file:
                yield from file


def _journal() -> list[str]:
    if shutil.which("journalctl") is None:
        return []
    match = ["--identifier=postfix/smtp", "--grep=status=sent", f"--since=-{DAYS}d"]
    shown = ["--lines=1000", "--output=short", "--no-pager", "--quiet"]
    done = subprocess.run(
        ["journalctl", *match, *shown], check=False, capture_output=True, text=True, timeout=60
    )
    return done.stdout.splitlines()

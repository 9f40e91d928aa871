# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to this host's journal, through journalctl: the only place that runs it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

MILTER = ("_SYSTEMD_UNIT=ptrgate-milter.service",)
MAIL = ("SYSLOG_FACILITY=2",)  # all of Postfix, whatever its units are called
_SECONDS = 60
_EXPORTED = "_HOSTNAME,SYSLOG_IDENTIFIER,_PID,MESSAGE"
_FIELDS = "MESSAGE,_HOSTNAME"


class JournalError(Exception):
    """The journal could not be read; str() says why and what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which lines: ``pattern`` is a PCRE, times are seconds since the epoch."""

    matches: tuple[str, ...]
    pattern: str
    since: float
    until: float | None = None
    most: int = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``when`` is seconds since the epoch; the message may hold anything."""

    when: float
    host: str
    message: str


def ask(question: Question) -> tuple[Entry, ...]:
    """Return the newest lines, oldest first. Raises JournalError."""
    until = [] if question.until is None else ["--until", f"@{question.until:.0f}"]
    command = [
        "journalctl", "--output=json", f"--output-fields={_FIELDS}", "--case-sensitive=yes",
        "--since", f"@{question.since:.0f}", *until, f"--lines={question.most}",
        "--grep", question.pattern, *question.matches,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)
    except FileNotFoundError:
        raise JournalError("there is no journalctl here: ask on the mail host") from None
    except subprocess.TimeoutExpired:
        words = f"the journal took longer than {_SECONDS} s; look back less far with --days"
        raise JournalError(words) from None
    said = done.stderr.decode(errors="replace").strip()
    if "not seeing messages" in said or "insufficient permissions" in said:
        raise JournalError("the journal is read by root or the group systemd-journal: use sudo")
    if done.returncode != 0 and said:
        raise JournalError(f"journalctl: {ascii(said)[1:-1]}")
    return tuple(_entry(json.loads(line)) for line in done.stdout.splitlines())


@contextmanager
def export(since: float) -> Iterator[IO[bytes]]:
    """Yield all lines of Postfix and of the milter since then, in the journal's export format.

    Raises JournalError.
    """
    command = [
        "journalctl", "--output=export", f"--output-fields={_EXPORTED}",
        "--since", f"@{since:.0f}", *MAIL, "+", *MILTER,
    ]  # fmt: skip
    try:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise JournalError("there is no journalctl here: name the log files") from None
    with running:
        assert running.stdout and running.stderr  # noqa: S101 - both are pipes
        try:
            yield running.stdout
        finally:
            running.stdout.close()
            running.terminate()
        said = running.stderr.read().decode(errors="replace").strip()
    if "not seeing messages" in said or "insufficient permissions" in said:
        raise JournalError("the journal is read by root or the group systemd-journal: use sudo")


def _entry(fields: dict[str, object]) -> Entry:
    message = fields.get("MESSAGE") or ""
    if isinstance(message, list):  # not UTF-8: journalctl gives the octets
        message = bytes(message).decode("utf-8", "surrogateescape")
    seconds = int(str(fields["__REALTIME_TIMESTAMP"])) / 1e6
    return Entry(seconds, str(fields.get("_HOSTNAME", "")), str(message))

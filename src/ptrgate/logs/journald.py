# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to this host's journal, through journalctl: the only place that runs it."""

import io
import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

MILTER = ("_SYSTEMD_UNIT=ptrgate-milter.service",)
OUTBOUND = tuple(
    f"SYSLOG_IDENTIFIER=postfix/{one}"
    for one in ("qmgr", "internet/smtp", "internet4/smtp", "internet6/smtp", "smarthost/smtp")
)
MAIL = ("SYSLOG_FACILITY=2",)  # all of Postfix, whatever its units are called
_SECONDS = 60
_EXPORTED = "_HOSTNAME,SYSLOG_IDENTIFIER,_PID,MESSAGE"
_FIELDS = "MESSAGE,_HOSTNAME"
_SHOWN = 2000  # octets of what journalctl complains about
_NOT_HERE = "there is no journalctl here: ask on the mail host"


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
    command = _command(question, f"--lines={question.most}")
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)
    except FileNotFoundError:
        raise JournalError(_NOT_HERE) from None
    except subprocess.TimeoutExpired:
        words = f"the journal took longer than {_SECONDS} s; look back less far with --days"
        raise JournalError(words) from None
    _complain(done.stderr, failed=done.returncode != 0)
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
        said = running.stderr.read()
    _complain(said, failed=False)


def each(question: Question) -> Iterator[Entry]:
    """Yield the lines, oldest first, as journalctl finds them, however many. Raises JournalError.

    ``most`` does not count here.
    """
    with tempfile.TemporaryFile() as complaints:
        process = _begun(_command(question), complaints)
        try:
            with process.stdout or io.BytesIO() as lines:
                yield from (_entry(json.loads(line)) for line in lines)
        finally:
            process.kill()  # whoever has seen enough leaves it in the middle
            process.wait()
        complaints.seek(0)
        _complain(complaints.read(_SHOWN), failed=process.returncode > 0)


def _begun(command: list[str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints)
    except FileNotFoundError:
        raise JournalError(_NOT_HERE) from None


def _complain(octets: bytes, *, failed: bool) -> None:
    """Raise JournalError if what journalctl said means that it did not look."""
    said = octets.decode(errors="replace").strip()
    if "not seeing messages" in said or "insufficient permissions" in said:
        raise JournalError("the journal is read by root or the group systemd-journal: use sudo")
    if failed and said:
        raise JournalError(f"journalctl: {ascii(said)[1:-1]}")


def _command(question: Question, *more: str) -> list[str]:
    until = [] if question.until is None else ["--until", f"@{question.until:.0f}"]
    return [
        "journalctl", "--output=json", f"--output-fields={_FIELDS}", "--case-sensitive=yes",
        "--since", f"@{question.since:.0f}", *until, *more,
        "--grep", question.pattern, *question.matches,
    ]  # fmt: skip


def _entry(fields: dict[str, object]) -> Entry:
    message = fields.get("MESSAGE") or ""
    if isinstance(message, list):  # not UTF-8: journalctl gives the octets
        message = bytes(message).decode("utf-8", "surrogateescape")
    seconds = int(str(fields["__REALTIME_TIMESTAMP"])) / 1e6
    return Entry(seconds, str(fields.get("_HOSTNAME", "")), str(message))

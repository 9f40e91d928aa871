# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that runs Postfix's commands for the gate."""

from __future__ import annotations

import fcntl
import io
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..survey.queue import CutOffError

SETTLE_SECONDS = 2.0  # a message caught between reload and flush waits for the second flush
RETRY_SECONDS = 65.0  # transport_retry_time is 60: until then qmgr thinks a transport is dead
COMMAND_SECONDS = 60.0
LIFETIME = "maximal_queue_lifetime"
NULL_LIFETIME = "bounce_queue_lifetime"  # of messages without a sender
MAPS = "sender_dependent_default_transport_maps"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SENDMAIL = "/usr/sbin/sendmail"


class PostfixFailed(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """A command of Postfix failed although Postfix runs; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the queue: which queue, its arrival (Unix time), why it is not delivered yet."""

    queue_id: str
    queue: str
    arrival: int
    sender: str
    reasons: tuple[str, ...] = ()


class Postfix:
    """The running Postfix of this host, if there is one."""

    def is_running(self) -> bool:
        """Tell whether there is a master process that holds the old table open.

        Its lock tells, not `postfix status`: that asks the pid file, which a confused service
        manager removes, and mail would go on by the old table.
        """
        lock = Path(self.parameter("data_directory") or "/nonexistent") / "master.lock"
        try:
            with lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def asks(self, table: Path) -> bool:
        """Tell whether mail to the Internet goes by this table; without Postfix there is none."""
        return shutil.which("postconf") is None or str(table) in self.parameter(MAPS)

    def reload(self) -> None:
        """Have the daemons read the table anew; deliveries under way are not touched."""
        if not self.is_running():
            return
        done = _run("postfix", "reload")
        if done.returncode:
            raise PostfixFailed(f"postfix reload: {done.stderr.strip() or done.returncode}")

    def flush(self, *, settle: float = 0.0) -> None:
        """Try every deferred message now, ``settle`` seconds after a reload."""
        if self.is_running():
            time.sleep(settle)
            _run("postqueue", "-f")

    def queue(self) -> list[Message]:
        """Return what is in the queue; nothing where there is no Postfix."""
        if shutil.which("postqueue") is None:
            return []
        rows = _done("postqueue", "-j").splitlines()
        return [_message(json.loads(row)) for row in rows]

    def hold(self, queue_ids: Iterable[str]) -> None:
        """Put deferred messages on the hold queue; those that left meanwhile are left alone."""
        _each("-h", queue_ids, "deferred")

    def requeue(self, queue_ids: Iterable[str]) -> None:
        """Queue messages of the hold queue anew: new ids, a new lifetime, tried at once."""
        _each("-r", queue_ids, "hold")
        _run("postkick", "public", "pickup", "W")  # else it looks within a minute

    def send(self, address: str, text: str) -> None:
        """Send a message without a sender, so that nothing ever comes back."""
        _done(SENDMAIL, "-i", "-f", "<>", "--", address, given=text)

    def seconds(self, name: str) -> float:
        """Return a parameter that is a time; without a unit the two lifetimes mean days."""
        value = re.fullmatch(r"(\d+)([smhdw]?)", self.parameter(name))
        if value is None:
            raise PostfixFailed(f"{name} is {self.parameter(name)!r}, which is no time")
        return int(value[1]) * _UNITS[value[2] or "d"]

    def parameter(self, name: str) -> str:
        """Return the effective value of a main.cf parameter, empty without Postfix."""
        if shutil.which("postconf") is None:
            return ""
        return _run("postconf", "-hx", name).stdout.strip()


def listing(seconds: float) -> Generator[str, None, None]:
    """Yield the rows of the queue as Postfix finds them, JSON; ends after so many ``seconds``.

    The reader may leave in the middle. Raises CutOffError when time is up, PostfixFailed.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        try:
            command = ("postqueue", "-j")
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=complaints, text=True, errors="replace"
            )
        except OSError as error:
            raise PostfixFailed(str(error)) from None
        late = threading.Timer(seconds, process.kill)
        late.start()
        try:
            with process.stdout or io.StringIO() as rows:
                yield from rows
            status = process.wait()
        finally:
            late.cancel()
            process.kill()
            process.wait()
        complaints.seek(0)
        if status < 0:
            raise CutOffError
        if status:
            raise PostfixFailed(f"postqueue: {complaints.read().strip() or status}")


def _message(row: Mapping[str, Any]) -> Message:
    sender = "" if row["sender"] == "MAILER-DAEMON" else row["sender"]
    reasons = tuple(one.get("delay_reason", "") for one in row["recipients"])
    return Message(row["queue_id"], row["queue_name"], int(row["arrival_time"]), sender, reasons)


def _each(order: str, queue_ids: Iterable[str], queue: str) -> None:
    if ids := list(queue_ids):
        _done("postsuper", order, "-", queue, given="\n".join(ids) + "\n")


def _done(*command: str, given: str = "") -> str:
    done = _run(*command, given=given)
    if done.returncode:
        raise PostfixFailed(f"{command[0]}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _run(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            input=given,
            timeout=COMMAND_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostfixFailed(str(error)) from None

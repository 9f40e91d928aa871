# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that runs Postfix's commands for the gate."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import time
from pathlib import Path

SETTLE_SECONDS = 2.0  # a message caught between reload and flush waits for the second flush
RETRY_SECONDS = 65.0  # transport_retry_time is 60: until then qmgr thinks a transport is dead
COMMAND_SECONDS = 60.0


class PostfixFailed(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """A command of Postfix failed although Postfix runs; the message holds what it said."""


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

    def parameter(self, name: str) -> str:
        """Return the effective value of a main.cf parameter, empty without Postfix."""
        if shutil.which("postconf") is None:
            return ""
        return _run("postconf", "-hx", name).stdout.strip()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=COMMAND_SECONDS
    )

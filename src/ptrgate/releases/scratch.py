# SPDX-License-Identifier: GPL-3.0-or-later
"""A milter of a release that is not in use: its code, its policy, a socket and a memory of its own.

It runs as the real one does, but for the sandbox, so that code which does not start and a policy
that is refused are found before any client meets them.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .place import Release

_KEYS, _DOOR = "/etc/ptrgate/token.keys", "/run/ptrgate-dns/door.sock"
_USER, _MTA = "ptrgate", "postfix"
_SECONDS = 40.0  # to begin in: a busy machine needs some, a worker that hangs is given up after 20


@contextmanager
def milter(release: Release, socket: Path, log: Path) -> Iterator[list[str]]:
    """Run the release's milter on ``socket``; yield what kept it from beginning, and end it."""
    state = socket.with_name("memory")
    state.mkdir(mode=0o700)
    shutil.chown(state, _USER)
    policy = release.place / "policy.toml"
    words: list[str | Path] = ["--policy", policy, "--keys", _KEYS, "--door", _DOOR]
    words += ["--state", state]
    with (
        log.open("w") as stream,
        subprocess.Popen(
            ["/usr/bin/python3", "-P", "-B", "-m", "ptrgate.milter", "--socket", socket, *words],
            env=os.environ | {"PYTHONPATH": str(release.place)}, cwd=release.place,
            user=_USER, group=_MTA, extra_groups=[_USER], umask=0o007,
            stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
        ) as process,
    ):  # fmt: skip
        try:
            yield _begun(process, state, log)
        finally:
            process.terminate()
            process.wait()


def _begun(process: subprocess.Popen[bytes], state: Path, log: Path) -> list[str]:
    """Wait until it serves; return what it said instead."""
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        if (state / "supervisor.json").exists():
            return []
        time.sleep(0.1)
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [f"its milter does not begin: {'; '.join(said[-3:]) or 'it says nothing'}"]

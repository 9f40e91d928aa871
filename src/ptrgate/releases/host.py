# SPDX-License-Identifier: GPL-3.0-or-later
"""The host whose release changes: where its files are, and how commands are run there."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .place import ROOT
from .plan import Command
from .postconf import RECORD

_SECONDS = 300.0  # for one command, so that a busy machine has time


class Refused(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """The change was not begun; str() says why and who can change it."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where releases lie, the root of the files they change, and what Postfix had before us."""

    root: Path = ROOT
    files: Path = Path("/")
    record: Path = RECORD

    def run(self, words: list[str]) -> str:
        """Return what a command prints. Raises Refused with its own words if it fails."""
        done = said(words)
        if done.returncode != 0:
            raise Refused(_wrong(words, done))
        return done.stdout

    def tried(self, words: Command) -> str:
        """Run a command; return what went wrong, nothing if all went well."""
        try:
            done = said(words)
        except (OSError, subprocess.SubprocessError) as error:
            return f"{' '.join(words)}: {error}"
        return _wrong(words, done) if done.returncode != 0 else ""


def said(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever its status."""
    return subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False)


def _wrong(words: Sequence[str], done: subprocess.CompletedProcess[str]) -> str:
    last = (done.stderr or done.stdout).strip().splitlines()[-3:]
    return f"{' '.join(words)} ended {done.returncode}: {'; '.join(last)}"


def put(there: Path, source: Path) -> None:
    """Give a file the content of ``source`` and keep its owner and mode; without source it goes."""
    if not source.exists():
        there.unlink(missing_ok=True)
        return
    there.parent.mkdir(parents=True, exist_ok=True)
    new = there.with_name(f".{there.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_bytes(source.read_bytes())
    status = there.stat() if there.exists() else source.stat()
    os.chown(new, status.st_uid, status.st_gid)
    new.chmod(status.st_mode & 0o7777)
    new.replace(there)

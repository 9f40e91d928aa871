# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that roles write below /etc: as they are to stand there, and as they stand.

Imported by Ansible modules too: standard library only, Python of any Debian that is supported.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PUBLIC = 0o004


class Placed(NamedTuple):
    """A file, or a directory, as it stands: its user's and group's number, its mode, its text."""

    path: Path
    owner: tuple[int, int]
    mode: int
    text: str | None  # None for a directory

    def said(self) -> str:
        """Return it as lines of a diff; what not everybody may read is not shown."""
        shown = self.text if self.text and self.mode & _PUBLIC else ""
        user, group = self.owner
        return f"{self.path}: owner {user}:{group}, mode {self.mode:04o}\n{shown}"


def wanted(path: Path, text: str, mode: int = 0o644) -> Placed:
    """Return how a file is to stand: ours (root's), its end as a release ends every text."""
    return Placed(path, ours(), mode, f"{text.strip()}\n")


def ours() -> tuple[int, int]:
    """Return whose it is to be: the user's and group's who writes it."""
    return os.geteuid(), os.getegid()


def standing(paths: Iterable[Path]) -> tuple[Placed, ...]:
    """Return what stands at these paths; nothing for one where nothing stands, or a link."""
    return tuple(_stands(path) for path in paths if path.exists() and not path.is_symlink())


def _stands(path: Path) -> Placed:
    about = path.stat()
    text = None if path.is_dir() else path.read_text(encoding="utf-8", errors="replace")
    return Placed(path, (about.st_uid, about.st_gid), stat.S_IMODE(about.st_mode), text)


def place(placed: Iterable[Placed]) -> None:
    """Make them stand so, each in one step, a directory before what is in it."""
    for one in sorted(placed, key=lambda one: one.path):
        if one.text is None:
            one.path.mkdir(exist_ok=True)
            os.chown(one.path, *one.owner)
            one.path.chmod(one.mode)
        else:
            _replace(one, one.text)


def _replace(one: Placed, text: str) -> None:
    new = one.path.with_name(f".{one.path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    os.chown(new, *one.owner)
    new.chmod(one.mode)
    new.replace(one.path)

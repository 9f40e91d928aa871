# SPDX-License-Identifier: GPL-3.0-or-later
"""Both files of Postfix as they were before us, and as we left them last.

A file that nobody else has edited since can be given back octet for octet.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import postconf

FILES = ("main.cf", "master.cf")


@dataclass(frozen=True, slots=True)
class Originals:
    """The files in ``conf``, and what is kept of them beside the record of values."""

    record: Path
    conf: Path

    @property
    def place(self) -> Path:
        """The directory that keeps both files as they were before the first change."""
        return self.record.with_suffix("")

    def keep(self) -> None:
        """Keep both files before the first change; later, note which ones others have edited."""
        if not self.record.exists():
            self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in FILES:
                shutil.copy2(self.conf / name, self.place / name)
            self._note(list(FILES))
        elif self.place.exists():
            self._note(self.untouched())

    def sign(self) -> None:
        """Note how we leave them; one that somebody else had edited stays noted as such."""
        if self.place.exists():
            self._note([name for name, left in self._left().items() if left is not None])

    def untouched(self) -> list[str]:
        """Return the files that are just as we left them."""
        return [name for name, left in self._left().items() if left == self._digest(name)]

    def put_back(self, name: str) -> None:
        """Give a file its former content, mode and owner in one step."""
        old, new = self.place / name, self.conf / f".{name}.new"
        shutil.copy2(old, new)
        os.chown(new, old.stat().st_uid, old.stat().st_gid)
        new.replace(self.conf / name)

    def forget(self) -> None:
        """Forget both and the record."""
        self.record.unlink()
        shutil.rmtree(self.place, ignore_errors=True)

    def _left(self) -> postconf.Values:
        """Return the digest of each file as we left it; None: somebody else has edited it since."""
        none: postconf.Values = dict.fromkeys(FILES)
        return none | postconf.remembered(self.place / "left.json")

    def _note(self, ours: list[str]) -> None:
        said = {name: self._digest(name) if name in ours else None for name in FILES}
        if said != self._left():
            postconf.replace(self.place / "left.json", said)

    def _digest(self, name: str) -> str:
        return hashlib.sha256((self.conf / name).read_bytes()).hexdigest()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of releases, and what each one says that this host is to be."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path("/usr/lib/ptrgate")
SETTINGS = "etc/"  # what lies below it in a release lies below /etc on the host
POSTFIX = "postfix.json"
RUNNING = "running.json"
_LOCK = ".changing"


class NoRelease(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """There is no such release, or it is not what it was; str() says what is and what is there."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release as it lies on the host: path -> (SHA-256, mode) of every file."""

    place: Path
    files: Mapping[str, tuple[str, int]]

    @property
    def name(self) -> str:
        """The hash that names it."""
        return self.place.name

    @property
    def settings(self) -> dict[str, tuple[str, int]]:
        """The files that belong below /etc of the host, by their path in the release."""
        return {path: told for path, told in self.files.items() if path.startswith(SETTINGS)}

    @property
    def whole(self) -> bool:
        """Whether it says all that this host is to be; the first ones said less."""
        return RUNNING in self.files

    @property
    def running(self) -> tuple[str, ...]:
        """The units that are to run."""
        return tuple(self._json(RUNNING)) if self.whole else ()

    @property
    def postfix(self) -> dict[str, Any]:
        """What Postfix is to be told: parameters, services, overrides, optional."""
        told: dict[str, Any] = self._json(POSTFIX) if POSTFIX in self.files else {}
        return told

    @property
    def units(self) -> dict[str, tuple[str, int]]:
        """Its units by their names."""
        below = "units/"
        return {path[len(below) :]: told for path, told in self.files.items() if below in path[:6]}

    def _json(self, path: str) -> Any:
        return json.loads(self.place.joinpath(path).read_text(encoding="utf-8"))

    def damage(self) -> str:
        """Say which of its files is not what it was; nothing if all are."""
        for path, (digest, _) in self.files.items():
            file = self.place / path
            if file.is_symlink() or not file.is_file():
                return f"{path} is missing"
            if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
                return f"{path} was edited"
        return ""


def names(root: Path) -> list[str]:
    """Return the releases that lie there, the newest first."""
    places = [one for one in (root / "releases").glob("[!.]*") if one.is_dir()]
    places.sort(key=lambda place: place.stat().st_mtime, reverse=True)
    return [place.name for place in places]


def current(root: Path) -> str:
    """Return the name of the release in use, or nothing."""
    link = root / "current"
    return link.readlink().name if link.is_symlink() else ""


def release(root: Path, name: str, *, whole: bool = True) -> Release:
    """Return a release of this host. Raises NoRelease if it is not there.

    Unless ``whole`` is false, which is enough for one that is left, also if it is not what it was.
    """
    place = root / "releases" / name
    if name not in names(root):
        there = ", ".join(names(root)) or "none"
        raise NoRelease(f"there is no release {name!a} on this host; there are: {there}")
    try:
        rows = [line.split(" ", 2) for line in (place / "MANIFEST").read_text().splitlines()]
        found = Release(place, {path: (digest, int(mode, 8)) for digest, mode, path in rows})
    except (OSError, ValueError) as error:
        raise NoRelease(f"the release {name} has no MANIFEST that can be read: {error}") from None
    if whole and (wrong := found.damage()):
        raise NoRelease(f"the release {name} is not what it was: {wrong}; site.yml mends it")
    return found


def switch(root: Path, name: str) -> None:
    """Point ``current`` at the release in one step."""
    new = root / ".current.new"
    new.unlink(missing_ok=True)
    new.symlink_to(f"releases/{name}")
    new.replace(root / "current")


@contextmanager
def changing(root: Path) -> Iterator[None]:
    """Be the only one who changes the release of this host; waits for another."""
    descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

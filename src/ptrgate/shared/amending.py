# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the files of a state directory: one at a time, whole or not at all, as their owner.

The directory belongs to a service without rights, which may put links there. So root becomes that
user first, and follows no further than the user could.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE = 10.0  # seconds; a change takes milliseconds
_LOCK = ".amending"


class CannotAmendError(Exception):
    """The directory cannot be read or changed; str() says why and who can."""


@contextmanager
def as_owner(directory: Path) -> Iterator[None]:
    """Be the owner of ``directory`` meanwhile, if this is root. Raises CannotAmendError."""
    try:
        owner = directory.lstat()
    except OSError as error:
        words = f"{directory}: {error.strerror}; the role milter makes it (site.yml)"
        raise CannotAmendError(words) from None
    if os.geteuid() == owner.st_uid:
        yield
        return
    if os.geteuid() != 0:
        raise CannotAmendError(f"{directory} can be read and changed by root alone: use sudo")
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@contextmanager
def amending(directory: Path) -> Iterator[None]:
    """Be the owner and the only one who changes ``directory``. Raises CannotAmendError."""
    with as_owner(directory):
        try:
            lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                _lock(lock, directory)
                yield
            finally:
                os.close(lock)
        except OSError as error:
            raise CannotAmendError(f"{error.filename or directory}: {error.strerror}") from None


def _lock(descriptor: int, directory: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                words = f"{directory / _LOCK} is held by another process for {_PATIENCE:g} s"
                raise CannotAmendError(words) from None
            time.sleep(0.02)
        else:
            return


def put(file: Path, text: str, mode: int = 0o640) -> None:
    """Replace ``file``: a reader finds the old text or the new one, after a power cut too.

    The directory may be shared with services that are not root: mkstemp follows nobody's link.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _settle(file.parent)


def remove(file: Path) -> None:
    """Remove ``file``, for good."""
    file.unlink(missing_ok=True)
    _settle(file.parent)


def _settle(directory: Path) -> None:
    with opened(directory) as descriptor:
        os.fsync(descriptor)


@contextmanager
def opened(directory: Path) -> Iterator[int]:
    """Open a directory for fsync or flock."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)

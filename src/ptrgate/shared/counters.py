# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that the processes of a host add up in one mapped file, without waiting for each other.

A process owns one slab of the file as long as it lives: it holds a lock on the slab's octets,
which the kernel takes away from whoever dies. The next process takes the first slab that nobody
holds and counts on from what it finds there: totals survive every end of a process, and the file
has only as many slabs as there ever were processes at a time. Within a process threads share one
lock. Who reads takes no lock at all (`shared.tally`).
"""

import contextlib
import fcntl
import itertools
import mmap
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from .layout import (
    COUNTERS_AT,
    FILE_NAME,
    MILLISECONDS_AT,
    QUERIES_AT,
    SLAB_BYTES,
    Counter,
    Gauge,
    kind_of,
    latency_at,
    session_at,
    source_at,
)

__all__ = ["Counter", "Counters", "Gauge"]

SPARE = 4  # slabs, for workers that replace others while the disk is full
_MODE = 0o640  # the service's group reads


class Counters:
    """The slab of this process; for many threads."""

    def __init__(self, slab: mmap.mmap, gauges: mmap.mmap) -> None:
        """Count in ``slab``, which nobody else writes, and set ``gauges``, which everybody may."""
        self._numbers = memoryview(slab).cast("Q")
        self._gauges = memoryview(gauges).cast("Q")
        self._lock = threading.Lock()

    @classmethod
    def alone(cls) -> Self:
        """Return counters that nobody else sees, for a process without a place to share."""
        return cls(mmap.mmap(-1, SLAB_BYTES), mmap.mmap(-1, SLAB_BYTES))

    @classmethod
    def claim(cls, directory: str) -> Self:
        """Claim a slab of the file in ``directory``, once a process; "" is no place: `alone`.

        Raises OSError: the directory cannot be written, or the disk is full.
        """
        if not directory:
            return cls.alone()
        file = os.open(Path(directory) / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        # The descriptor stays open: closing any one of this file would give up the lock.
        os.fchmod(file, _MODE)
        start = _free_slab(file) * SLAB_BYTES
        # Never makes a file smaller. Allocated, not only sized: writing to a hole of a full disk
        # would end the process. Slabs for those who come are allocated while there is room.
        with contextlib.suppress(OSError):
            os.posix_fallocate(file, 0, start + (1 + SPARE) * SLAB_BYTES)
        os.posix_fallocate(file, 0, start + SLAB_BYTES)
        return cls(mmap.mmap(file, SLAB_BYTES, offset=start), mmap.mmap(file, SLAB_BYTES))

    def count(self, values: Mapping[str, str]) -> None:
        """Count one session from the values of its journal line."""
        session = session_at(kind_of(values))
        source = source_at(values["source"])
        milliseconds = values.get("ms")
        numbers = self._numbers
        with self._lock:
            numbers[session] += 1
            numbers[source] += 1
            numbers[QUERIES_AT] += int(values.get("queries", 0))
            if milliseconds is not None:
                numbers[latency_at(int(milliseconds))] += 1
                numbers[MILLISECONDS_AT] += int(milliseconds)

    def add(self, counter: Counter, n: int = 1) -> None:
        """Add ``n``, which is not negative."""
        with self._lock:
            self._numbers[COUNTERS_AT + counter] += n

    def set(self, gauge: Gauge, value: int) -> None:
        """Set a gauge of the host; ``value`` is not negative."""
        self._gauges[gauge] = value


def _free_slab(file: int) -> int:
    """Lock the first slab that no living process holds; the first of all is the gauges'."""
    for number in itertools.count(1):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SLAB_BYTES, number * SLAB_BYTES)
        except (BlockingIOError, PermissionError):  # fcntl(2): EAGAIN or EACCES
            continue
        return number
    raise AssertionError  # itertools.count has no end

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered, for how long, how much of it, and what becomes of a broken file."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

from ptrgate.shared.memory import BATCH, Memory

SRC = Path(__file__).parents[2] / "src"
GOOD, OTHER = "192.0.2.1", "192.0.2.2"
DAY = 86400
START = 1_800_000_000


class Host:
    """A host whose memory a test looks at: its directory, its clock, what it told."""

    def __init__(self, directory):
        self.directory, self.time, self.told = directory, START, []

    def memory(self, days=30, entries=100_000):
        return Memory(
            self.directory, days=days, entries=entries, tell=self.told.append, now=lambda: self.time
        )

    def knows(self, *addresses, **bounds):
        """Tell which of the addresses a worker that starts now remembers."""
        memory = self.memory(**bounds)
        return [address for address in addresses if memory.recall(address)]


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def remember(memory, *addresses):
    for address in addresses:
        memory.passed(address)
    return memory.flush()


def addresses(count, start="198.18.0.0"):
    return [str(ip_address(start) + number) for number in range(count)]


def test_who_passed_is_remembered_at_once_and_by_later_workers(host):
    memory = host.memory()
    memory.passed(GOOD)
    assert memory.recall(GOOD)
    memory.flush()
    assert host.knows(GOOD, OTHER) == [GOOD]


@pytest.mark.parametrize(
    ("days", "known"), [(29, [GOOD]), (31, [])], ids=["for thirty days", "and no longer"]
)
def test_memory_ends(host, days, known):
    remember(host.memory(), GOOD)
    host.time += days * DAY
    assert host.knows(GOOD) == known


def test_who_comes_again_is_remembered_from_then_on(host):
    memory = host.memory()
    remember(memory, GOOD)
    host.time += 20 * DAY
    assert remember(memory, GOOD) == 1  # known before
    host.time += 20 * DAY
    assert host.knows(GOOD) == [GOOD]


def test_a_clock_that_was_set_back_prolongs_nothing(host):
    first = host.memory()
    host.time += 20 * DAY
    remember(first, GOOD)
    assert first.recall(OTHER) is None
    host.time -= 20 * DAY
    first.flush()
    remember(host.memory(), GOOD, OTHER)
    assert first.recall(OTHER)  # it looks again
    host.time += 31 * DAY
    assert host.knows(GOOD, OTHER) == []


def test_forgotten_is_forgotten(host):
    memory = host.memory()
    remember(memory, GOOD, OTHER)
    memory.forget(GOOD)
    memory.passed(OTHER)
    memory.forget(OTHER)
    assert host.knows(GOOD, OTHER) == []


def test_loss_is_noted_until_the_sender_passes_again(host):
    memory = host.memory()
    remember(memory, GOOD)
    memory.lost(GOOD, memory.recall(GOOD))
    memory.flush()
    assert host.memory().recall(GOOD).lost == START
    remember(memory, GOOD)
    assert host.memory().recall(GOOD).lost == 0


def flushed(memory, count, start="198.18.0.0"):
    """Remember many, and tick until nothing is left to do."""
    remember(memory, *addresses(count, start))
    for _ in range(count // BATCH + 2):
        memory.flush()
    return memory.count()


def test_it_never_holds_more_than_it_may_and_the_oldest_go_first(host):
    memory = host.memory(entries=10_000)
    remember(memory, GOOD)
    host.time += DAY
    assert flushed(memory, 3 * BATCH) <= 10_000 + BATCH
    assert host.knows(GOOD) == []


def test_smaller_bounds_hold_after_a_restart_too(host):
    flushed(host.memory(), 20_000)
    assert flushed(host.memory(entries=1000), 20_000, "198.19.0.0") <= 1000 + BATCH


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        pytest.param([f"2001:db8::{n:x}" for n in range(1, 2000)], 8, id="a line's own /64"),
        pytest.param([f"2001:db8:{n:x}::1" for n in range(2000)], 2000, id="two thousand of them"),
    ],
)
def test_a_line_with_a_64_gets_few_places(host, addresses, most):
    memory = host.memory()
    remember(memory, *addresses)
    assert memory.count() <= most
    assert memory.recall(addresses[-1])


def test_in_ipv6_only_the_very_address_is_remembered(host):
    remember(host.memory(), "2001:db8::1")
    assert not host.knows(*[f"2001:db8::{number:x}" for number in range(2, 100)])


def test_a_flood_over_ipv6_does_not_wash_out_ipv4(host):
    memory = host.memory(entries=2000)
    remember(memory, *addresses(900))
    host.time += DAY
    for first in range(0, 40_000, BATCH):
        remember(
            memory, *[f"2001:db8:{n >> 16:x}:{n & 65535:x}::1" for n in range(first, first + BATCH)]
        )
        memory.flush()
    assert host.knows(*addresses(900)) == addresses(900)


def cut(path):
    os.truncate(path, 4096 * 3)


def scribble(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(1).randbytes(size - 4096))  # noqa: S311 - any octets do


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE v4 (x)")


def directory(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "octets of anything": lambda path: path.write_bytes(b"not a database" * 1000),
    "cut off": cut,
    "scribbled over": scribble,
    "another program's database": foreign,
    "a directory": directory,
    "unreadable": lambda path: path.chmod(0) or path.write_bytes(b"x" * 5000),
}


def stop_cleanly(host):
    """Leave one file with everything in it, as the last worker does."""
    with sqlite3.connect(host.directory / "memory.db") as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_broken_file_is_set_aside_with_one_line(host, damage):
    remember(host.memory(), *addresses(5000))
    stop_cleanly(host)
    damage(host.directory / "memory.db")
    memory = host.memory()
    for address in addresses(5000):  # some damage shows only where it is
        memory.recall(address)
    remember(memory, GOOD)
    remember(memory, OTHER)
    assert host.knows(OTHER) == [OTHER]
    assert len(host.told) == 1, host.told
    assert "memory.db.broken, begun anew" in host.told[0]


def test_another_worker_follows_to_the_new_file(host):
    one, two = host.memory(), host.memory()
    remember(two, GOOD)
    (host.directory / "memory.db").rename(host.directory / "elsewhere")
    remember(one, OTHER)
    remember(two, GOOD)
    assert host.knows(GOOD, OTHER) == [GOOD, OTHER]


def test_without_a_place_nobody_is_remembered_and_it_says_so_once(host):
    host.directory /= "missing"
    memory = host.memory()
    remember(memory, GOOD)
    assert (memory.recall(GOOD), memory.count(), len(host.told)) == (None, 0, 1)


WORKER = """
import sys, time
from ipaddress import ip_address
from pathlib import Path
from ptrgate.shared.memory import Memory
memory = Memory(Path(sys.argv[1]), days=30, entries=100000, tell=print)
number = (int(sys.argv[2]) + 20 << 24) + int(time.time() * 1000) % (1 << 24)
while True:
    for _ in range(500):
        number += 1
        memory.passed(str(ip_address(number)))
    memory.flush()
"""


def test_workers_killed_in_the_middle_leave_a_memory_that_works(host):
    environment = os.environ | {"PYTHONPATH": str(SRC)}
    for _ in range(4):
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, host.directory, str(n)], env=environment
            )
            for n in range(2)
        ]
        memory, before = host.memory(), host.memory().count()
        while memory.count() < before + 3000:
            time.sleep(0.01)
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    memory = host.memory()
    remember(memory, GOOD)
    assert (bool(memory.recall(GOOD)), host.told) == (True, [])

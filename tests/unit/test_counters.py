# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of several processes: nothing is lost, nothing is counted twice."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ptrgate.milter.equip import claim_counters
from ptrgate.shared import layout
from ptrgate.shared.counters import SPARE, Counter, Counters, Gauge
from ptrgate.shared.layout import NONE, WORDS, Session
from ptrgate.shared.tally import Tally

SRC = Path(__file__).parents[2] / "src"
REFUSED = {
    "finding": "no_ptr", "rule": "default", "action": "refuse", "stage": "rcpt", "family": "v4",
    "source": "dns", "queries": "1", "ms": "7", "address": "192.0.2.7",
}  # fmt: skip

# A process that counts in several threads, says so, and then waits to be killed.
COUNTING = f"""
import sys, threading, time
from ptrgate.shared.counters import Counter, Counters
counters = Counters.claim(sys.argv[1])
threads = [
    threading.Thread(target=lambda: [counters.count({REFUSED!r}) for _ in range(500)])
    for _ in range(4)
]
for thread in threads: thread.start()
for thread in threads: thread.join()
counters.add(Counter.ERRORS)
print("counted", flush=True)
time.sleep(60)
"""


@pytest.fixture
def counting(tmp_path):
    """Start such a process."""
    started = []

    def start(before=""):
        process = subprocess.Popen(
            [sys.executable, "-c", before + COUNTING, str(tmp_path)],
            env=os.environ | {"PYTHONPATH": str(SRC)},
            stdout=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def totals(place):
    tally = Tally.read(place)
    return tally.sessions.get(layout.kind_of(REFUSED), 0), tally.counters[Counter.ERRORS]


def slabs(place):
    return (place / layout.FILE_NAME).stat().st_size // layout.SLAB_BYTES - 1 - SPARE


def test_processes_at_a_time_count_in_a_slab_each(tmp_path, counting):
    processes = [counting() for _ in range(4)]
    assert [process.stdout.readline() for process in processes] == [b"counted\n"] * 4
    assert (totals(tmp_path), slabs(tmp_path)) == ((8000, 4), 4)


def test_slab_of_the_killed_is_taken_over_and_counts_on(tmp_path, counting):
    for _ in range(3):
        process = counting()
        process.stdout.readline()
        process.kill()
        process.wait()
    assert (totals(tmp_path), slabs(tmp_path)) == ((6000, 3), 1)


def test_while_the_disk_is_full_those_who_follow_count_too(tmp_path, counting):
    counting().stdout.readline()
    size = (tmp_path / layout.FILE_NAME).stat().st_size
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    processes = [counting(full) for _ in range(SPARE)]
    assert [process.stdout.readline() for process in processes] == [b"counted\n"] * SPARE
    assert totals(tmp_path)[0] == (1 + SPARE) * 2000


def test_every_kind_of_session_has_a_place_of_its_own():
    kinds = itertools.starmap(Session, itertools.product(*WORDS))
    places = [layout.session_at(kind) for kind in kinds]
    assert places == list(range(layout.LATENCY_AT))


@pytest.mark.parametrize(
    ("milliseconds", "bound"),
    [(0, 1), (1, 1), (2, 2), (3, 5), (8000, 8000), (8001, float("inf"))],
)
def test_a_bound_belongs_to_its_bucket(milliseconds, bound):
    assert layout.BOUNDS[layout.latency_at(milliseconds) - layout.LATENCY_AT] == bound


def test_what_is_counted_is_read(tmp_path):
    counters = Counters.claim(str(tmp_path))
    counters.count(REFUSED)
    counters.count({"rule": "exemption:partner-7", "action": "accept", "source": "none"})
    counters.add(Counter.BREAKER_TRIPS, 2)
    counters.set(Gauge.BREAKER_OPEN, 3)
    tally = Tally.read(tmp_path)
    assert tally.sessions == {
        Session("no_ptr", "default", "refuse", "rcpt", "v4"): 1,
        Session(NONE, "exemption", "accept", NONE, NONE): 1,
    }
    assert (sum(tally.latency), tally.milliseconds, tally.queries) == (1, 7, 1)
    assert tally.sources == {"none": 1, "postfix": 0, "dns": 1, "cache": 0}
    assert tally.counters[Counter.BREAKER_TRIPS] == 2
    assert tally.gauges[Gauge.BREAKER_OPEN] == 3


def test_without_a_place_mail_goes_on(tmp_path, capfd):
    for place in ("", str(tmp_path / "missing")):
        claim_counters(place).count(REFUSED)
    assert "<4>nothing is counted" in capfd.readouterr().err

# SPDX-License-Identifier: GPL-3.0-or-later
"""What ptrgate check knows of memory and breaker."""

import time

import pytest

from ptrgate.judge.policy import Circumstances
from ptrgate.judge.words import Finding
from ptrgate.shared.board import Board
from ptrgate.shared.breaker import Cause, State
from ptrgate.shared.glance import Glance, glance
from ptrgate.shared.memory import Memory
from ptrgate.shared.places import Record

GOOD, OTHER = "192.0.2.1", "192.0.2.2"
NOW = time.time()
SEEN = int(NOW // 3600) - 50


def test_a_host_without_a_milter_has_nothing(tmp_path):
    assert glance(tmp_path / "missing", GOOD, 30) == Glance()
    assert list(tmp_path.iterdir()) == []
    assert Glance().sentences() == []


def test_it_reads_what_workers_share(tmp_path):
    memory = Memory(tmp_path, days=30, entries=1000, tell=print)
    memory.passed(GOOD)
    memory.flush()
    lying = State(cause=Cause.LIES, evidence="a: no name", since=time.monotonic())
    Board(tmp_path, print).change(lambda _: lying)
    found = glance(tmp_path, GOOD, 30)
    assert (found.breaker, found.remembered) == ("open", 1)
    assert found.sentences() == [
        "breaker OPEN for 0 min, nobody is refused: a: no name",
        "memory: 1 addresses; this one passed within the last day",
    ]
    assert glance(tmp_path, OTHER, 30).record is None


@pytest.mark.parametrize(
    ("ago", "finding", "remembered"),
    [
        pytest.param(None, Finding.DNS_FAILURE, True, id="it passed"),
        pytest.param(10, Finding.DNS_FAILURE, False, id="it had no name since"),
        pytest.param(10, Finding.NO_PTR, True, id="for a short time: it may come again"),
        pytest.param(400, Finding.NO_PTR, False, id="for a long time"),
    ],
)
def test_it_says_what_a_worker_would(ago, finding, remembered):
    lost = 0 if ago is None else time.time() - ago  # now, not when the tests were collected
    held = Glance(State(), 1, Record(SEEN, int(lost))).holds(Circumstances(), finding)
    assert (held.remembered, held.breaker_open) == (remembered, False)


def test_days_are_counted():
    assert Glance(None, 1, Record(SEEN)).sentences() == [
        "memory: 1 addresses; this one passed 2 days ago"
    ]

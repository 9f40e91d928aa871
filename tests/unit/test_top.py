# SPDX-License-Identifier: GPL-3.0-or-later
"""`ptrgate top`: rates between two looks, lines that fit and harm nobody, and the real terminal."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ptrgate.cli.frame import main
from ptrgate.cli.top_frame import lines, span
from ptrgate.metrics.look import Look
from ptrgate.metrics.rates import facts, within
from ptrgate.outbound.gate import Mode, Override, Rung, start
from ptrgate.outbound.guard import Kept
from ptrgate.outbound.state import Record
from ptrgate.shared.bulletin import Bulletin
from ptrgate.shared.counters import Counter, Counters, Gauge
from ptrgate.shared.layout import BOUNDS, Session
from ptrgate.shared.tally import Tally
from ptrgate.survey.certificates import Shown
from ptrgate.survey.noted import Survey
from ptrgate.survey.queue import Queue

SRC = Path(__file__).parents[2] / "src"
NOW = 1_000_000.0
REFUSED = Session("no_ptr", "default", "refuse", "rcpt", "v4")
REFUSED6 = REFUSED._replace(family="v6")
PASSED = Session("ok", "default", "accept", "connect", "v4")
SAID = Bulletin(seen=int(NOW) - 1, policy="cafe", mode="enforce", wanted=2, serving=2)


def counted(sessions, fast=0, slow=0, **gauges):
    latency = [0] * len(BOUNDS)
    latency[0], latency[-1] = fast, slow
    return Tally(
        sessions, tuple(latency), 0, {"dns": fast}, 0, dict.fromkeys(Counter, 0),
        {one: gauges.get(one.name.lower(), 0) for one in Gauge},
    )  # fmt: skip


FIRST = Look(counted({REFUSED: 10, PASSED: 100}, fast=110), SAID, None)
LAST = Look(counted({REFUSED: 14, REFUSED6: 2, PASSED: 130}, fast=140, slow=6), SAID, None)
TOLD = facts(FIRST, LAST, 2.0, NOW)


def test_rates_are_what_was_counted_meanwhile():
    rows = [tuple(row.values()) for row in TOLD["sessions"]]
    assert rows == [("ok", "accept", 15.0, 130), ("no_ptr", "refuse", 3.0, 16)]
    assert TOLD["sessions_per_second"] == 18.0
    assert TOLD["judging"] == {"judged": 36, "half_within": 1, "most_within": None}
    assert TOLD["sources"] == {"dns": 30}


def test_counters_that_begin_anew_give_no_negative_rate():
    assert facts(LAST, FIRST, 2.0, NOW)["sessions_per_second"] == 0.0


def test_a_host_that_counted_nothing_is_told_too():
    nothing = Look(None, Bulletin(), None)
    told = facts(nothing, nothing, 2.0, NOW)
    assert (told["sessions"], told["gate"], told["queue"]) == ([], None, None)
    assert lines(told)[0].startswith("!! the milter is gone")


@pytest.mark.parametrize(
    ("buckets", "share", "bound"),
    [
        ({}, 0.5, None),
        ({1: 10}, 0.5, 1),
        ({1: 5, 100: 5}, 0.5, 1),
        ({1: 5, 100: 5}, 0.95, 100),
        ({float("inf"): 1}, 0.5, None),
    ],
)
def test_a_share_was_judged_within(buckets, share, bound):
    assert within([buckets.get(one, 0) for one in BOUNDS], share) == bound


GATE = Record(start(Mode.PROVE, 0), proved_at=NOW - 30, kept=Kept(7, 2, 1.0))
OPEN = replace(GATE, state=replace(GATE.state, rung=Rung.DIRECT))
ORDER = Override(1, 9e9, "jane", "we move", rung=Rung.DIRECT)
QUEUE = Queue({"deferred": 5, "hold": 0}, {"deferred": int(NOW) - 7200, "hold": 0}, whole=True)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        pytest.param(LAST, "2 of 2 workers serve", id="all is well"),
        pytest.param(replace(LAST, bulletin=replace(SAID, serving=1)), "!! 1 of 2 workers serve",
                     id="a worker is missing"),
        pytest.param(replace(LAST, bulletin=replace(SAID, seen=10)), "!! the milter is gone",
                     id="the supervisor is silent"),
        pytest.param(replace(LAST, bulletin=replace(SAID, refused="no_ptr: what?")),
                     "!! a newer policy was refused: no_ptr: what?", id="a policy was refused"),
        pytest.param(replace(LAST, bulletin=replace(SAID, paused_until=int(NOW) + 7200)),
                     "!! paused: nobody is refused for 2 h", id="a pause"),
        pytest.param(replace(LAST, tally=counted({}, breaker_open=1)), "!! breaker open",
                     id="the breaker is open"),
        pytest.param(replace(LAST, gate=GATE), "!! gate: hold (prove), proved 30 s ago, 7 messages",
                     id="the gate holds"),
        pytest.param(replace(LAST, gate=OPEN), "   gate: direct (prove), proved 30 s ago",
                     id="the gate is open"),
        pytest.param(replace(LAST, gate=replace(OPEN, proved_at=NOW - 7200)), "!! gate: direct",
                     id="nobody proves any more"),
        pytest.param(replace(LAST, gate=replace(OPEN, state=replace(OPEN.state, override=ORDER))),
                     "!! gate overridden: ", id="an order at the gate"),
        pytest.param(replace(LAST, survey=Survey(NOW, QUEUE)), "   queue: 5 deferred, oldest 2 h",
                     id="the queue"),
        pytest.param(replace(LAST, survey=Survey(NOW, replace(QUEUE, whole=False))),
                     "   queue: at least 5 deferred", id="a huge queue"),
        pytest.param(replace(LAST, survey=Survey(NOW, None, "postqueue: gone")),
                     "!! queue: cannot be seen: postqueue: gone", id="no queue"),
        pytest.param(replace(LAST, survey=Survey(NOW, QUEUE,
                     certificates=(Shown("smtp", "RSA", int(NOW) + 86400 * 3),))),
                     "!! certificate at smtp RSA: 3 days left", id="a certificate ends"),
    ],
)  # fmt: skip
def test_the_frame_says(host, said):
    told = lines(facts(FIRST, host, 2.0, NOW))
    assert [line for line in told if line.startswith(("   ", "!!")) and said in line], told


def test_nothing_in_a_frame_steers_a_terminal_or_leaves_its_width():
    evil = replace(SAID, policy="\x1b]0;owned\x07", mode="ä\n\x9b2J", refused="\x1b[2J" + "x" * 500)
    told = lines(facts(FIRST, replace(LAST, bulletin=evil), 2.0, NOW), width=60)
    assert all(line.isascii() and line.isprintable() and len(line) <= 60 for line in told if line)


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (2e5, "2 d")]
)
def test_times_are_short(seconds, said):
    assert span(seconds) == said


@pytest.fixture
def state(tmp_path):
    """The directory of a milter that saw one client."""
    milter = tmp_path / "milter"
    milter.mkdir()
    counters = Counters.claim(str(milter))
    counters.count({"finding": "no_ptr", "rule": "default", "action": "refuse", "stage": "rcpt",
                    "family": "v4", "source": "dns", "queries": "1", "ms": "7"})  # fmt: skip
    replace(SAID, seen=int(time.time()) + 3600).write(str(milter))
    return milter


ONCE = ["top", "--seconds", "0.1", "--state"]


def test_without_a_terminal_it_tells_once(state, capsys):
    assert main([*ONCE, str(state)]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "no_ptr      refuse               1 in all" in told


def test_scripts_read_it(state, capsys):
    assert main([*ONCE, str(state), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"][0]["total"] == 1


def test_a_host_without_a_milter_is_said(tmp_path, capsys):
    assert main([*ONCE, str(tmp_path / "missing")]) == 70
    assert "missing" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "4000", "often"])
def test_only_sensible_pauses_are_taken(seconds, capsys):
    with pytest.raises(SystemExit) as left:
        main(["top", "--seconds", seconds])
    assert (left.value.code, "--seconds" in capsys.readouterr().err) == (64, True)


def seen_until(terminal, words, seconds=60):
    """Read a terminal until the words are there."""
    seen, end = b"", time.monotonic() + seconds
    while words not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)
    assert words in seen, seen
    return seen


def test_a_terminal_is_painted_again_and_given_back(state):
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "ptrgate", *ONCE, str(state)]
    environment = os.environ | {"PYTHONPATH": str(SRC), "TERM": "xterm"}
    with subprocess.Popen(command, stdin=end, stdout=end, env=environment) as running:
        seen_until(terminal, b"no_ptr")
        seen_until(terminal, b"no_ptr")
        os.write(terminal, b"xq")
        seen_until(terminal, b"\x1b[?1049l")
        assert running.wait(60) == 0

# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is hung, and who only has no time."""

import os
import signal
import subprocess
import sys
import time

import pytest

from ptrgate.milter.pulse import SILENT_PINGS, STILL_PINGS, Pulse, activity


def asked(spent, pings, answers=()):
    """Return the pulse of a process that has ``spent(n)`` ticks at the nth question."""
    number = iter(range(pings + 1))
    pulse = Pulse(lambda: spent(next(number)))
    for ping in range(pings):
        pulse.asked()
        if ping in answers:
            pulse.answered()
    return pulse


@pytest.mark.parametrize(
    ("spent", "pings", "answers", "hung"),
    [
        pytest.param(lambda _: 7, STILL_PINGS + 2, (), True, id="silent and still"),
        pytest.param(lambda _: 7, STILL_PINGS + 1, (), False, id="not yet for long"),
        pytest.param(lambda _: 7, STILL_PINGS + 2, (5,), False, id="it answered meanwhile"),
        pytest.param(lambda n: n, SILENT_PINGS - 1, (), False, id="silent, but it works"),
        pytest.param(lambda _: None, SILENT_PINGS - 1, (), False, id="it waits for a processor"),
        pytest.param(lambda n: n, SILENT_PINGS, (), True, id="works, but for a minute"),
        pytest.param(lambda n: n // 5, 40, (), False, id="starved: it works now and then"),
    ],
)
def test_hung(spent, pings, answers, hung):
    assert asked(spent, pings, answers).hung is hung


@pytest.fixture
def process():
    """Start a process that runs this code, and wait until it does."""
    started = []

    def start(code):
        command = [sys.executable, "-c", f"print(flush=True)\n{code}"]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        started[0].stdout.readline()
        time.sleep(0.2)
        return started[0].pid

    yield start
    started[0].kill()
    started[0].communicate()


def moves(pid):
    before = activity(pid)
    time.sleep(0.3)
    return before is None or activity(pid) != before


def test_a_sleeper_does_nothing(process):
    assert not moves(process("import time; time.sleep(60)"))


def test_a_worker_does_something(process):
    assert moves(process("while True: pass"))


def test_a_stopped_worker_does_nothing(process):
    pid = process("while True: pass")
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.1)
    assert not moves(pid)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory and breaker between real workers, through real DNS."""

import os
import signal
import threading

import dns.rcode
import pytest

from tests.milter_client import Mta
from tests.unit import nameserver
from tests.unit.test_milter_processes import BAD, GOOD, ZONE, Milter, policy, refused

CANARY = {
    ("53.2.0.192.in-addr.arpa.", "PTR"): ["ns.example.net."],
    ("ns.example.net.", "A"): ["192.0.2.53"],
}


def servfail(query, _is_tcp):
    return [nameserver.with_rcode(query, dns.rcode.SERVFAIL)]


HONEST, LIAR = nameserver.from_zone(ZONE | CANARY), nameserver.from_zone({})


@pytest.fixture
def server():
    with nameserver.serving(HONEST) as running:
        yield running


@pytest.fixture
def milter(tmp_path, server):
    text = policy(server) + '[breaker]\ncanaries = ["192.0.2.53 ns.example.net"]\n'
    running = Milter(tmp_path, text)
    running.wait_for("2 workers")
    running.wait(lambda: b'"armed":["192' in (running.state / "breaker.json").read_bytes())
    yield running
    running.stop()


def ask(milter, address):
    """Return what a client is told: the whole story in three octets."""
    mta = Mta(milter.path)
    said = mta.connect(address)
    if said == b"c":
        said = refused(mta)[1:4]
    mta.quit()
    return said


def test_a_liar_refuses_nobody_whatever_the_worker_and_is_told_of_once(milter, server):
    assert [ask(milter, one) for one in (GOOD, BAD)] == [b"a", b"550"]
    threading.Event().wait(0.2)  # longer than a right answer counts
    server.answer = LIAR
    told = {ask(milter, one) for one in (GOOD, BAD, "198.51.100.11") for _ in range(7)}
    assert told <= {b"451", b"a"}  # GOOD may be known from a moment ago
    milter.wait_for("breaker open")
    assert sum("breaker open" in line for line in milter.written) == 1
    deferred = [line for line in milter.lines() if line["action"] == "defer"]
    assert {line["rule"] for line in deferred} <= {"breaker", "remembered"}


def test_a_crowd_whose_lookups_fail_disarms_nothing(milter, server):
    def answer(query, is_tcp):
        crowd = query.question[0].name.to_text().endswith(".18.198.in-addr.arpa.")
        return (servfail if crowd else HONEST)(query, is_tcp)

    server.answer = answer
    assert {ask(milter, f"198.18.0.{number}") for number in range(60)} == {b"451"}
    assert ask(milter, BAD) == b"550"
    assert not any("breaker" in line for line in milter.written if "ref=" not in line)


def test_memory_outlives_the_workers(milter, server):
    assert ask(milter, GOOD) == b"a"
    threading.Event().wait(1.5)  # it is written once a second
    for pid in milter.workers():
        os.kill(pid, signal.SIGKILL)
    milter.wait_for("another in", times=2)
    server.answer = servfail
    assert [ask(milter, one) for one in (GOOD, BAD)] == [b"a", b"451"]
    milter.wait(lambda: milter.lines()[-1]["address"] == BAD)
    assert milter.lines()[-2]["rule"] == "remembered"


def test_a_worker_that_is_told_to_go_writes_down_what_it_knows(milter, server):
    assert ask(milter, GOOD) == b"a"
    milter.reload(milter.policy.read_text())
    milter.wait_for("workers", times=2)
    server.answer = servfail
    milter.wait(lambda: ask(milter, GOOD) == b"a")

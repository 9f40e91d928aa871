# SPDX-License-Identifier: GPL-3.0-or-later
"""What is counted can be read: by people, by scripts, by Prometheus."""

import json
import time
from dataclasses import asdict, replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ptrgate.cli.frame import main
from ptrgate.fleet import status
from ptrgate.fleet.status import Status
from ptrgate.metrics.families import Host
from ptrgate.metrics.look import Look
from ptrgate.outbound.gate import Mode, Override, Rung, start
from ptrgate.outbound.guard import Kept
from ptrgate.outbound.state import Record, write
from ptrgate.requests import book
from ptrgate.requests.request import State
from ptrgate.shared.bulletin import Bulletin
from ptrgate.shared.counters import Counter, Counters, Gauge
from ptrgate.survey import noted
from ptrgate.survey.certificates import Shown
from ptrgate.survey.noted import Survey
from ptrgate.survey.queue import Queue
from tests.unit.test_requests import request

REFUSED = {
    "finding": "no_ptr", "rule": "default", "action": "refuse", "stage": "rcpt", "family": "v4",
    "source": "dns", "queries": "1", "ms": "7",
}  # fmt: skip
PARTNER = {"rule": "exemption:partner", "action": "accept", "stage": "connect", "source": "none"}
SAID = Bulletin(
    seen=1000, policy="cafe0123", mode="enforce", paused_until=2000, wanted=2, serving=1, hung=3
)

DENIED = request(id="0AAAAA", state=State.DENIED)
ORDER = Override(1, 9999, "jane", "we move", rung=Rung.HOLD)
HELD = replace(start(Mode.PROVE, 0), override=ORDER)
RECORD = Record(HELD, proved_at=1234.0, moves=3, kept=Kept(7, 2, 1000.0))
SURVEY = Survey(
    at=5000,
    queue=Queue({"deferred": 5, "hold": 0}, {"deferred": 4000, "hold": 0}, whole=False),
    certificates=(Shown("smtp", "ECDSA", 9000), Shown("page", "none", 0)),
)
OVERRIDDEN = "gate_override_until_timestamp_seconds"


ENDS = "certificate_end_timestamp_seconds"


@pytest.fixture
def host(tmp_path):
    """A host that saw three refused clients and an exempted one."""
    milter = tmp_path / "milter"
    milter.mkdir()
    counters = Counters.claim(str(milter))
    for values in (REFUSED, REFUSED, REFUSED, PARTNER):
        counters.count(values)
    counters.add(Counter.ERRORS)
    counters.set(Gauge.BREAKER_OPEN, 1)
    counters.set(Gauge.LOST_SENDERS, 4)
    SAID.write(str(milter))
    write(tmp_path / "gate.json", RECORD)
    noted.write(tmp_path / "survey.json", SURVEY)
    status.write(tmp_path / "status.json", Status(7001, connected=True, synced=7000, strange=2))
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / book.BOOK).write_text(book.write((request(), DENIED)))
    return tmp_path


def scraped(host):
    registry = CollectorRegistry()
    files = host / "milter", host / "gate.json"
    noted_there = {"survey_file": host / "survey.json", "requests": host / "requests"}
    noted_there["share_file"] = host / "status.json"
    registry.register(Host(lambda: Look.at(*files, **noted_there)))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    samples = [sample for family in families for sample in family.samples]
    return {(one.name, *sorted(one.labels.items())): one.value for one in samples}


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        pytest.param(
            "sessions_total", {key: REFUSED[key] for key in list(REFUSED)[:5]}, 3, id="refused"
        ),
        pytest.param(
            "sessions_total",
            {"finding": "none", "rule": "exemption", "action": "accept", "stage": "connect",
             "family": "none"}, 1, id="all exemptions are one",
        ),
        pytest.param("judging_seconds_bucket", {"le": "0.005"}, 0, id="not so fast"),
        pytest.param("judging_seconds_bucket", {"le": "0.01"}, 3, id="seven milliseconds"),
        pytest.param("judging_seconds_bucket", {"le": "+Inf"}, 3, id="cumulative"),
        pytest.param("judging_seconds_count", {}, 3, id="those that were looked up"),
        pytest.param("judging_seconds_sum", {}, 0.021, id="their time"),
        pytest.param("answers_total", {"source": "dns"}, 3, id="from DNS"),
        pytest.param("queries_total", {}, 3, id="questions"),
        pytest.param("errors_total", {}, 1, id="errors of ours"),
        pytest.param("breaker_open", {}, 1, id="breaker"),
        pytest.param("lost_senders", {}, 4, id="the breaker's guard"),
        pytest.param("memory_entries", {}, 0, id="memory of who passed"),
        pytest.param("warned_clients", {}, 0, id="memory of who was told first"),
        pytest.param("policy_info", {"policy": "cafe0123", "mode": "enforce"}, 1, id="policy"),
        pytest.param("policy_refused", {}, 0, id="no policy was refused"),
        pytest.param("paused_until_timestamp_seconds", {}, 2000, id="pause"),
        pytest.param("supervisor_seen_timestamp_seconds", {}, 1000, id="supervisor"),
        pytest.param("workers", {"state": "serving"}, 1, id="workers"),
        pytest.param("workers_hung_total", {}, 3, id="hung workers"),
        pytest.param("gate", {"mode": "prove", "rung": "hold"}, 1, id="the gate holds"),
        pytest.param("gate", {"mode": "prove", "rung": "direct"}, 0, id="and is not open"),
        pytest.param("gate_proved_timestamp_seconds", {}, 1234, id="last proof"),
        pytest.param("gate_moves_total", {}, 3, id="it moved"),
        pytest.param("gate_waiting_messages", {}, 7, id="mail waits"),
        pytest.param("gate_guarded_messages", {}, 2, id="some of it long"),
        pytest.param("gate_oldest_timestamp_seconds", {}, 1000, id="since when"),
        pytest.param("requests_waiting", {}, 1, id="one waits, one was denied"),
        pytest.param(OVERRIDDEN, {"rung": "hold"}, 9999, id="by an order"),
        pytest.param(OVERRIDDEN, {"rung": "direct"}, 0, id="and by no other"),
        pytest.param("survey_seen_timestamp_seconds", {}, 5000, id="the survey's age"),
        pytest.param("queue_messages", {"queue": "deferred"}, 5, id="what is in the queue"),
        pytest.param("queue_oldest_timestamp_seconds", {"queue": "deferred"}, 4000, id="its age"),
        pytest.param("queue_counted_whole", {}, 0, id="it was too much to count"),
        pytest.param(ENDS, {"service": "smtp", "kind": "ECDSA"}, 9000, id="a certificate's end"),
        pytest.param("share_connected", {}, 1, id="it speaks with its fleet"),
        pytest.param("share_synced_timestamp_seconds", {}, 7000, id="and last was in step"),
        pytest.param("share_strange_total", {}, 2, id="with what is not of the fleet"),
        pytest.param(ENDS, {"service": "page", "kind": "none"}, 0, id="no handshake"),
    ],
)  # fmt: skip
def test_prometheus_reads(host, name, labels, value):
    assert scraped(host)[(f"ptrgate_{name}", *sorted(labels.items()))] == value


def test_a_host_without_a_milter_is_told_too(tmp_path):
    assert ("ptrgate_policy_refused",) in scraped(tmp_path)


def test_a_host_that_shares_nothing_says_nothing_of_it(host):
    (host / "status.json").unlink()
    assert [name for name, *_ in scraped(host) if "share" in name] == []


def test_scripts_read(host, capsys):
    assert main(["counters", "--json", "--state", str(host / "milter")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["finding"]: one["count"] for one in told["sessions"]} == {"no_ptr": 3, "none": 1}
    assert [bound for bound, n in told["judging"]["up_to"] if n] == [10]
    assert (told["queries"], told["counters"]["errors"]) == (3, 1)
    assert told["supervisor"] == asdict(SAID)
    assert told["gate"]["rung"] == "hold"


def test_people_read(host, capsys):
    assert main(["counters", "--state", str(host / "milter")]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1].split() == ["3", "no_ptr", "default", "refuse", "rcpt", "v4"]
    assert told[3].split(";")[0].split() == ["4", "in", "all"]


@pytest.mark.parametrize("place", ["", "missing"])
def test_where_nothing_was_counted_that_is_said(tmp_path, capsys, place):
    assert main(["counters", "--state", str(tmp_path / place)]) == 70
    assert str(tmp_path) in capsys.readouterr().err


def test_reading_is_quick(host):
    begin = time.perf_counter()
    scraped(host)
    assert time.perf_counter() - begin < 1

# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters and journal agree to the last client, over all that this scenario did."""

import json
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

FROM = "MAIL FROM:<somebody@senders.example>"
SCRAPE = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9721/metrics').read().decode())"
)
DIALOGUES = [
    ("198.51.100.10", FROM, "QUIT"),
    ("198.51.100.20", FROM, "RCPT TO:<user@company.example>", "QUIT"),
    ("198.51.100.20", "QUIT"),
    ("2001:db8:0:1ff::20", FROM, "RCPT TO:<user@company.example>", "QUIT"),
]


@pytest.fixture
def talked(say, host):
    """The same clients before and after a worker was killed, and after a reload."""
    for command in (
        "true",
        "pkill -KILL -o -f ptrgate.milter.worker",
        "systemctl reload ptrgate-milter",
    ):
        host.check_output(command)
        for dialogue in DIALOGUES:
            say(*dialogue)


@pytest.mark.usefixtures("talked")
def test_counters_equal_the_lines(host, marks):
    mark, end = marks[host.check_output("hostname")], time.monotonic() + 20
    counted, lines = mark.since()
    while counted != lines and time.monotonic() < end:  # a line is on its way to the journal
        time.sleep(0.5)
        counted, lines = mark.since()
    assert counted == lines
    assert counted["milliseconds"] > 0
    assert sum(number for kind, number in lines.items() if isinstance(kind, tuple)) >= 12


def test_prometheus_reads_the_same(host):
    told = json.loads(host.check_output("ptrgate counters --json"))
    families = text_string_to_metric_families(host.check_output("python3 -c %s", SCRAPE))
    samples = {
        tuple(sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "ptrgate_sessions_total"
    }
    sessions = {
        tuple(sorted(v for k, v in one.items() if k != "count")): one["count"]
        for one in told["sessions"]
    }
    assert samples == sessions

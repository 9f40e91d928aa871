# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that already sends mail is told from one that does not."""

from pathlib import Path

import pytest

from ptrgate.outbound import sending

TABLE = Path("/var/lib/ptrgate/outbound.pcre")
SENT = (
    "Nov 23 mx postfix/smtp[77]: 4F: to=<a@b.example>, relay={}:25, delay=1, status={} (250 ok)\n"
)


class FakePostfix:
    """Answers what postconf would."""

    def __init__(self, queue="", maps=""):
        self.values = {"queue_directory": str(queue), sending.MAPS: maps}

    def parameter(self, name):
        return self.values[name]


@pytest.fixture(autouse=True)
def _without_this_machines_journal(monkeypatch):
    monkeypatch.setattr(sending, "_journal", list)


@pytest.fixture
def evidence(tmp_path):
    """Return what is found on a host with these log lines, this queue and these maps."""

    def look(log="", queued=(), maps=""):
        (tmp_path / "mail.log").write_text(log)
        for name in queued:
            file = tmp_path / "queue" / name
            file.parent.mkdir(parents=True)
            file.touch()
        postfix = FakePostfix(tmp_path / "queue", maps)
        return sending.evidence(postfix, TABLE, logs=[tmp_path / "mail.log", tmp_path / "none"])

    return look


@pytest.mark.parametrize(
    ("relay", "status", "sends"),
    [
        pytest.param("mx.b.example[192.0.2.9]", "sent", True, id="delivered to the world"),
        pytest.param("mx.b.example[2001:db8::9]", "sent", True, id="over IPv6"),
        pytest.param("127.0.0.1[127.0.0.1]", "sent", False, id="to a filter of its own"),
        pytest.param("mx.b.example[192.0.2.9]", "deferred", False, id="tried only"),
        pytest.param("none", "bounced", False, id="nowhere"),
    ],
)
def test_a_delivery_in_the_log(evidence, relay, status, sends):
    assert bool(evidence(log=SENT.format(relay, status))) == sends


def test_relaying_to_inner_servers_is_not_sending(evidence):
    line = SENT.format("inner[192.0.2.9]", "sent").replace("postfix/smtp", "postfix/relay/smtp")
    assert evidence(log=line) == ""


@pytest.mark.parametrize("name", ["deferred/4/4F2", "active/4F2"])
def test_mail_that_waits(evidence, name):
    assert evidence(queued=[name]) == "1 messages wait in the queue"


def test_a_fresh_host_sends_nothing(evidence):
    assert evidence() == ""


def test_behind_the_gate_a_lost_state_does_not_open_it(evidence):
    log = SENT.format("mx.b.example[192.0.2.9]", "sent")
    assert evidence(log=log, queued=["deferred/4/4F2"], maps=f"pcre:{TABLE}") == ""

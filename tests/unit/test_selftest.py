# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-test reads its settings, asks systemd and the milter, and fails where they do."""

import contextlib
import socket
import stat
import struct
import threading

import pytest

from ptrgate.cli.selftest import BadSettings, Settings, _twice, read
from ptrgate.judge.words import Finding
from ptrgate.probe import host
from ptrgate.probe.result import Check, Set, Verdict

UNITS = """\
Id=ptrgate-milter.service
LoadState=loaded
ActiveState={milter}
SubState=running

Id=ptrgate-milter.socket
LoadState=loaded
ActiveState={socket}
SubState=running

Id=ptrgate-page.service
LoadState=not-found
ActiveState=inactive
SubState=dead
"""


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """Put a systemctl on the path that says this."""

    def say(text):
        program = tmp_path / "systemctl"
        program.write_text(f"#!/bin/sh\ncat <<'.'\n{text}.\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    return say


@pytest.mark.parametrize(
    ("milter", "socket_state", "verdicts"),
    [
        ("active", "active", ["ok", "ok"]),
        ("inactive", "active", ["ok", "ok"]),  # the socket starts it
        ("inactive", "inactive", ["bad", "bad"]),
        ("failed", "active", ["bad", "ok"]),
    ],
)
def test_units(systemd, milter, socket_state, verdicts):
    systemd(UNITS.format(milter=milter, socket=socket_state))
    results = list(host.units(["ptrgate-milter.service", "ptrgate-page.service"]))
    assert [result.verdict for result in results] == verdicts


ONCE = """\
Id=ptrgate-learn.service
LoadState=loaded
ActiveState={service}
SubState=dead
Type=oneshot

Id=ptrgate-learn.timer
LoadState={there}
ActiveState={timer}
SubState=dead
"""


@pytest.mark.parametrize(
    ("service", "there", "timer", "verdicts"),
    [
        pytest.param("inactive", "loaded", "active", ["ok", "ok"], id="its timer starts it"),
        pytest.param("inactive", "not-found", "inactive", ["ok"], id="nobody wants it"),
        pytest.param("inactive", "loaded", "inactive", ["ok", "bad"], id="its timer is dead"),
        pytest.param("failed", "loaded", "active", ["bad", "ok"], id="it has failed"),
    ],
)
def test_what_does_one_thing_and_ends(systemd, service, there, timer, verdicts):
    systemd(ONCE.format(service=service, there=there, timer=timer))
    results = list(host.units(["ptrgate-learn.service", "ptrgate-learn.timer"]))
    assert [result.verdict for result in results] == verdicts


def test_silent_systemd_is_unknown(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert [result.verdict for result in host.units(["x.service"])] == [Verdict.UNKNOWN]


@contextlib.contextmanager
def listening(path, answer):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve():
            with contextlib.suppress(OSError):
                channel, _ = listener.accept()
                with channel:
                    channel.recv(64)
                    channel.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (struct.pack("!I", 13) + b"O" + struct.pack("!III", 6, 0, 0), "ok"),
        (b"220 mx.example.org ESMTP\r\n", "bad"),
        (b"", "bad"),
    ],
)
def test_milter(tmp_path, answer, verdict):
    with listening(tmp_path / "milter.sock", answer):
        assert host.milter(str(tmp_path / "milter.sock")).verdict == verdict


def test_milter_that_is_gone_is_bad(tmp_path):
    assert host.milter(str(tmp_path / "nowhere")).verdict is Verdict.BAD


def test_settings(tmp_path):
    file = tmp_path / "selftest.toml"
    assert read(file) == Settings()
    file.write_text('recipient = "jane@example.org"\n[clients]\ndynamic = "198.51.100.30"\n')
    assert read(file) == Settings("jane@example.org", {Finding.DYNAMIC: "198.51.100.30"})


@pytest.mark.parametrize(
    "text", ["recipient =", '[clients]\nodd = "192.0.2.1"', '[clients]\nforged = "mx.example.org"']
)
def test_bad_settings_name_the_file_and_the_role(tmp_path, text):
    file = tmp_path / "selftest.toml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"selftest.toml: .*; the role milter writes it"):
        read(file)


def test_what_cannot_be_told_is_asked_once_more(monkeypatch):
    monkeypatch.setattr("ptrgate.cli.selftest.AGAIN_SECONDS", 0)
    check = Check(Set.RELAY, "one", "RCPT", "5xx")
    answers = [[check.unknown("silent")], [check.ok("554")], [check.ok("554")]]
    assert [one.verdict for one in _twice(lambda: answers.pop(0))] == ["ok"]
    assert len(answers) == 1

# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator grants at run time reaches every worker, and a damaged file changes nothing."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from ptrgate.judge.policy import Exemption
from ptrgate.milter.pausing import EVERY, Pausing
from ptrgate.shared.amending import CannotAmendError, amending, as_owner, put, remove
from ptrgate.shared.grants import (
    EXEMPTIONS,
    PAUSE,
    Damaged,
    Grant,
    Pause,
    read_grants,
    read_pause,
    write_grants,
    write_pause,
)
from ptrgate.shared.notify import Level
from ptrgate.shared.overrides import AGAIN, Overrides

NOON = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp())
ENTRY = {
    "id": "partner",
    "network": "198.51.100.7/32",
    "owner": "jane",
    "reason": "their ISP",
    "expires": "2026-12-01",
}
PARTNER = Exemption(
    "partner", ip_network("198.51.100.7/32"),
    owner="jane", reason="their ISP", expires=date(2026, 12, 1),
)  # fmt: skip
ALONE = Exemption(
    "alone", sender_domain="partner.example", owner="jane", reason="x", expires=date(2026, 12, 1)
)
NOBODY = 65534
PAUSED = Pause(NOON, NOON + 3600, "jane", "the resolver lies")


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def __call__(self):
        return self.seconds


@pytest.fixture
def clocks():
    return Clock(), Clock(NOON)


@pytest.fixture
def said():
    return []


@pytest.fixture
def overrides(tmp_path, clocks, said):
    return Overrides(tmp_path, said.append, *clocks)


def later(clocks):
    clocks[0].seconds += AGAIN


@pytest.mark.parametrize("exemption", [PARTNER, ALONE])
def test_an_exemption_comes_back_as_it_was_written(exemption):
    grant = Grant(exemption, NOON, "jane")
    assert read_grants(write_grants([grant]), "file") == (grant,)


def test_a_pause_comes_back_as_it_was_written():
    assert read_pause(write_pause(PAUSED), "file") == PAUSED


def listed(**changes):
    return json.dumps({"version": 1, "exemptions": [{**ENTRY, **changes}]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "the file: found Expecting value", id="an empty file"),
        pytest.param("[" * 99999, "the file: found ", id="nested without end"),
        pytest.param("[]", "the file: found []; allowed: a table", id="a list"),
        pytest.param("{}", "", id="an empty object is no exemption at all"),
        pytest.param('{"version": 2}', "version: found another or none; allowed: 1", id="later"),
        pytest.param('{"version": 1, "exemptoins": []}', "exemptions, perhaps?", id="misspelt"),
        pytest.param('{"version": 1, "exemptions": 1}', "found 1; allowed: a list", id="no list"),
        pytest.param(listed(expires=""), "exemptions[1].expires: found nothing", id="without end"),
        pytest.param(listed(owner=""), "exemptions[1].owner: found nothing", id="nobody's"),
        pytest.param(
            listed(network="x"), "exemptions[1].network: found 'x'; allowed: a net", id="no network"
        ),
        pytest.param(listed(network=""), "no condition; allowed: at least", id="for everybody"),
        pytest.param(listed(made="yesterday"), "allowed: a time such as", id="no time"),
        pytest.param(listed(until="2026-12-01"), "a key that does not exist", id="unknown key"),
        pytest.param(
            json.dumps({"version": 1, "exemptions": [ENTRY, ENTRY]}), "an id only once", id="twice"
        ),
    ],
)
def test_a_damaged_file_of_exemptions_says_where(text, words):
    if not words:
        assert read_grants(text, "file") == ()
        return
    with pytest.raises(Damaged, match=r"^file: ") as error:
        read_grants(text, "file")
    assert words in str(error.value)
    assert "role variable" not in str(error.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"until": "2026-11-24T12:00:00Z"}, "began: found nothing"),
        ({"until": "2026-11-24T12:00:00"}, "until: found '2026-11-24T12:00:00'; allowed: a time"),
        ({"hours": 2}, "hours: found a key that does not exist"),
    ],
)
def test_a_damaged_pause_says_where(table, words):
    with pytest.raises(Damaged) as error:
        read_pause(json.dumps({"version": 1, **table}), "file")
    assert words in str(error.value)


def test_what_is_written_holds_within_a_second(overrides, tmp_path, clocks):
    assert (overrides.exemptions(), overrides.paused()) == ((), None)
    put(tmp_path / EXEMPTIONS, write_grants([Grant(PARTNER)]))
    put(tmp_path / PAUSE, write_pause(PAUSED))
    later(clocks)
    assert (overrides.exemptions(), overrides.paused()) == ((PARTNER,), PAUSED)
    remove(tmp_path / EXEMPTIONS)
    later(clocks)
    assert (overrides.exemptions(), overrides.paused()) == ((), PAUSED)


def test_files_are_looked_at_once_a_second(overrides, monkeypatch):
    monkeypatch.setattr("os.stat", lambda *_: pytest.fail("looked"))
    assert overrides.exemptions() == ()


@pytest.mark.parametrize(("second", "holds"), [(0, True), (3599, True), (3600, False)])
def test_a_pause_ends_to_the_second(overrides, tmp_path, clocks, second, holds):
    put(tmp_path / PAUSE, write_pause(PAUSED))
    later(clocks)
    clocks[1].seconds = NOON + second
    assert (overrides.paused() is not None) == holds


@pytest.mark.parametrize("text", ["nonsense", "{}[", listed(expires=""), "\udcff"])
def test_a_damaged_file_changes_nothing_and_is_said_once(overrides, tmp_path, clocks, said, text):
    put(tmp_path / EXEMPTIONS, write_grants([Grant(PARTNER)]))
    later(clocks)
    assert overrides.exemptions() == (PARTNER,)
    (tmp_path / EXEMPTIONS).write_bytes(text.encode("utf-8", "surrogateescape"))
    for _ in range(3):
        later(clocks)
        assert overrides.exemptions() == (PARTNER,)
    assert len(said) == 1
    assert said == list(overrides.problems())
    put(tmp_path / EXEMPTIONS, write_grants([]))
    later(clocks)
    assert (overrides.exemptions(), overrides.problems()) == ((), ())


ADD = """
import sys, time
from pathlib import Path
from ptrgate.cli.frame import main
for number in range(10):
    main(["exempt", "add", f"198.51.{sys.argv[2]}.{number}", "--owner", "jane", "--reason", "x",
          "--days", "1", "--state", sys.argv[1]])
"""


def test_several_may_add_at_once_and_nothing_is_lost(tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ADD, str(tmp_path)]
    adding = [
        subprocess.Popen([*command, str(n)], env=environment, stdout=subprocess.DEVNULL)
        for n in range(4)
    ]
    assert [each.wait(60) for each in adding] == [0] * 4
    file = tmp_path / EXEMPTIONS
    assert len(read_grants(file.read_text(), "file")) == 40
    assert sorted(path.name for path in tmp_path.iterdir()) == [".amending", EXEMPTIONS]


def test_a_change_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    put(tmp_path / PAUSE, "old")
    monkeypatch.setattr("os.fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put(tmp_path / PAUSE, "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.fixture
def services():
    """A directory of a user without rights; pytest's own are closed to that user."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def test_root_writes_as_the_owner_of_the_directory(services):
    with amending(services):
        assert (os.geteuid(), os.getegid(), os.getgroups()) == (NOBODY, NOBODY, [])
        put(services / PAUSE, "x")
    assert {path.stat().st_uid for path in services.iterdir()} == {NOBODY}
    assert os.geteuid() == 0


def test_root_follows_no_link_further_than_the_owner_could(services, tmp_path):
    (tmp_path / "secret").write_text("x")
    (services / EXEMPTIONS).symlink_to(tmp_path / "secret")
    (services / ".amending").symlink_to(tmp_path / "secret")
    with as_owner(services), pytest.raises(PermissionError):
        (services / EXEMPTIONS).read_text()
    with pytest.raises(CannotAmendError, match=r"\.amending"), amending(services):
        pass


def test_a_host_without_a_milter_is_told_so(tmp_path):
    with (
        pytest.raises(CannotAmendError, match="the role milter makes it"),
        amending(tmp_path / "x"),
    ):
        pass


def test_a_pause_is_said_when_it_begins_now_and_then_and_when_it_ends(tmp_path):
    said, now = [], Clock(NOON)
    pausing = Pausing(tmp_path, lambda level, text: said.append((level, text)), now)
    assert (pausing.tend(), pausing.words, said) == (False, "", [])
    put(tmp_path / PAUSE, write_pause(PAUSED))
    pausing = Pausing(tmp_path, lambda level, text: said.append((level, text)), now)
    assert [pausing.tend() for _ in range(3)] == [True, False, False]
    assert pausing.words.startswith("PAUSED until 2026-11-24T13:00:00Z (the resolver lies; jane)")
    for _ in range(2):
        now.seconds += EVERY
        assert not pausing.tend()
    now.seconds = PAUSED.until
    assert (pausing.tend(), pausing.words) == (True, "")
    assert [level for level, _ in said] == [Level.WARNING] * 4
    assert [text[:6] for _, text in said[:3]] == ["PAUSED"] * 3
    assert said[3][1] == "the pause has ended by itself: the policy holds again"

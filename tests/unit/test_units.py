# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module units makes of what systemd says; with a systemd in the scenario `appliance`."""

import os

import pytest

from library.settings import aims, differing
from library.units import goal, parsed, told, unit
from ptrgate.releases.placed import place

SHOWN = """ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

ActiveState=inactive
UnitFileState=
NeedDaemonReload=no
"""
PARAMS = {"running": ["a.timer"], "linked": ["a.service"], "gone": ["b.timer"]}
SETTING = "[Timer]\nOnCalendar=daily\n"
PARAMS["settings"] = {"a.timer.d/calendar.conf": SETTING, "b.timer.d/calendar.conf": SETTING}
ROWS = parsed(SHOWN, ["there", "not there"])


@pytest.fixture
def params(tmp_path):
    """What the module is told of two places on this machine."""
    (tmp_path / "units").mkdir()
    (tmp_path / "place/timers.target.wants").mkdir(parents=True)
    return PARAMS | {"source": str(tmp_path / "units"), "place": str(tmp_path / "place")}


@pytest.fixture
def made(tmp_path, params):
    """Return a unit of this name as it is with these links in place, and what it is to be."""

    def make(name, *links, row="there", install=True):
        source = tmp_path / "units" / name
        source.write_text("[Unit]\n\n[Install]\n" if install else "[Unit]\n")
        if name in PARAMS["running"]:
            place(told(name, params))
        for link in links:
            (tmp_path / "place" / link).symlink_to(source)
        now = unit(name, ROWS[row], params)
        return now, goal(now, params)

    return make


@pytest.mark.parametrize(
    ("name", "links", "row", "install", "differs"),
    [
        pytest.param("a.timer", ["a.timer"], "there", True, False, id="one that runs stays"),
        pytest.param("a.timer", [], "there", True, True, id="its link was removed"),
        pytest.param("a.timer", ["a.timer"], "not there", True, True, id="one that does not run"),
        pytest.param("a.service", ["a.service"], "not there", False, False, id="linked is enough"),
        pytest.param("a.service", [], "not there", False, True, id="it was never linked"),
        pytest.param("b.timer", [], "not there", True, False, id="gone and not there"),
        pytest.param("b.timer", [], "not there", False, False, id="gone, could not be enabled"),
        pytest.param("b.timer", ["b.timer"], "not there", True, True, id="gone, its link is left"),
        pytest.param("b.timer", ["timers.target.wants/b.timer"], "not there", True, True,
                     id="gone, and wanted still"),
        pytest.param("b.timer", [], "there", True, True, id="gone, and runs from memory"),
    ],
)  # fmt: skip
def test_what_counts_as_a_change(made, name, links, row, install, differs):
    now, after = made(name, *links, row=row, install=install)
    assert (after != now) is differs


def edited(directory):
    (directory / "calendar.conf").write_text("[Timer]\nOnCalendar=yearly\n")


def opened(directory):
    (directory / "calendar.conf").chmod(0o666)


def unlocked(directory):
    directory.chmod(0o777)


def removed(directory):
    (directory / "calendar.conf").unlink()


def added(directory):
    (directory / "override.conf").write_text("[Timer]\nPersistent=false\n")


@pytest.mark.parametrize(
    ("drift", "differs"),
    [
        pytest.param(None, False, id="what was written stays"),
        pytest.param(edited, True, id="edited on the host"),
        pytest.param(opened, True, id="anybody may write it"),
        pytest.param(unlocked, True, id="anybody may write beside it"),
        pytest.param(removed, True, id="it is missing"),
        pytest.param(added, False, id="the administrator's own file beside it is theirs"),
    ],
)
def test_what_a_unit_is_told_is_written_and_mended(params, drift, differs):
    aim = told("a.timer", params)
    place(aim)
    if drift:
        drift(aim[0].path)
    assert (unit("a.timer", ROWS["there"], params).settings != aim) is differs
    place(aim)
    assert unit("a.timer", ROWS["there"], params).settings == aim


def test_a_unit_that_goes_is_told_nothing(params):
    now = unit("b.timer", ROWS["not there"], params)
    assert (told("b.timer", params) != (), goal(now, params).settings) == (True, ())


def linked(etc):
    (etc / "a").rename(etc / "elsewhere")
    (etc / "a").symlink_to(etc / "elsewhere")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        pytest.param(None, [], id="as they were written"),
        pytest.param(lambda etc: (etc / "a").write_text("other\n"), ["a"], id="edited"),
        pytest.param(lambda etc: (etc / "b").chmod(0o644), ["b"], id="a secret that all may read"),
        pytest.param(lambda etc: (etc / "a").unlink(), ["a"], id="removed"),
        pytest.param(linked, ["a"], id="a link to the same words"),
        pytest.param(lambda etc: (etc / "c").touch(), [], id="what is not ours stays"),
    ],
)
def test_which_files_are_not_as_they_should_be(tmp_path, change, wrong):
    files = {str(tmp_path / "a"): "public", str(tmp_path / "b"): "secret\n\n"}
    wanted = aims({"files": files, "private": [str(tmp_path / "b")]}, os.getegid())
    place(differing(wanted))
    assert (tmp_path / "b").read_text() == "secret\n"
    if change:
        change(tmp_path)
    found = differing(wanted)
    assert [one.path.name for one in found] == wrong
    assert "secret" not in "".join(one.said() for one in found)
    place(found)
    assert differing(wanted) == []


@pytest.mark.parametrize(
    ("private", "readers", "group", "mode"),
    [
        pytest.param([], 7, os.getegid(), 0o644, id="everybody may read it"),
        pytest.param(["/etc/a"], os.getegid(), os.getegid(), 0o600, id="nobody else"),
        pytest.param(["/etc/a"], 7, 7, 0o640, id="a group"),
    ],
)
def test_who_may_read_a_file(private, readers, group, mode):
    [aim] = aims({"files": {"/etc/a": "words"}, "private": private}, readers)
    assert (aim.owner, aim.mode) == ((os.geteuid(), group), mode)

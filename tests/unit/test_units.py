# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module units makes of what systemd says; with a systemd in the scenario `appliance`."""

import pytest

from library.settings import differing
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
ROWS = parsed(SHOWN, ["there", "not there"])


@pytest.fixture
def made(tmp_path):
    """Return a unit of this name as it is with these links in place, and what it is to be."""

    def make(name, *links, row="there", install=True):
        release, place = tmp_path / "release", tmp_path / "place"
        (place / "timers.target.wants").mkdir(parents=True)
        (release / "units").mkdir(parents=True)
        source = release / "units" / name
        source.write_text("[Unit]\n\n[Install]\n" if install else "[Unit]\n")
        for link in links:
            (place / link).symlink_to(source)
        params = PARAMS | {"release": str(release), "place": str(place)}
        now = unit(name, ROWS[row], release, place)
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


def given(release, name="a.timer"):
    """Let a release have a setting of this unit."""
    below = release / "etc/systemd/system" / f"{name}.d"
    below.mkdir(parents=True)
    (below / "calendar.conf").write_text(SETTING)


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
def test_what_the_release_says_of_a_unit_is_written_and_mended(tmp_path, drift, differs):
    release, there = tmp_path / "release", tmp_path / "place"
    there.mkdir()
    given(release)
    aim = told("a.timer", release, there)
    place(aim)
    if drift:
        drift(there / "a.timer.d")
    assert (unit("a.timer", ROWS["there"], release, there).settings != aim) is differs
    place(aim)
    assert unit("a.timer", ROWS["there"], release, there).settings == aim


def test_the_settings_of_a_unit_that_goes_are_not_written(tmp_path):
    release, place = tmp_path / "release", tmp_path / "place"
    given(release, "b.timer")
    now = unit("b.timer", ROWS["not there"], release, place)
    assert not goal(now, PARAMS | {"release": str(release), "place": str(place)}).settings


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        pytest.param(None, [], id="as the release has them"),
        pytest.param(lambda etc: (etc / "a").write_text("other\n"), ["a"], id="edited"),
        pytest.param(lambda etc: (etc / "b").chmod(0o644), ["b"], id="a secret that all may read"),
        pytest.param(lambda etc: (etc / "a").unlink(), ["a"], id="removed"),
        pytest.param(lambda etc: (etc / "c").touch(), [], id="what is not ours stays"),
    ],
)
def test_which_files_are_not_as_the_release_has_them(tmp_path, change, wrong):
    release, etc = tmp_path / "release", tmp_path / "etc"
    (release / "etc").mkdir(parents=True)
    etc.mkdir()
    (release / "etc/a").write_text("public\n")
    (release / "etc/b").write_text("secret\n")
    (release / "etc/b").chmod(0o600)
    names = ["etc/a", "etc/b"]
    place(differing(names, release, tmp_path).values())
    if change:
        change(etc)
    found = differing(names, release, tmp_path)
    assert [path.name for path in found] == wrong
    assert "secret" not in "".join(one.said() for one in found.values())
    place(found.values())
    assert differing(names, release, tmp_path) == {}


def test_a_release_that_is_not_there_yet_makes_every_file_differ(tmp_path):
    assert differing(["etc/a"], tmp_path / "none", tmp_path) == {tmp_path / "etc/a": None}

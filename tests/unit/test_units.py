# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module units makes of what systemd says; with a systemd in the scenario `appliance`."""

import pytest

from library.units import goal, parsed, unit

SHOWN = """ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

ActiveState=inactive
UnitFileState=
NeedDaemonReload=no
"""
PARAMS = {"running": ["a.timer"], "linked": ["a.service"], "gone": ["b.timer"]}
ROWS = parsed(SHOWN, ["there", "not there"])


@pytest.fixture
def made(tmp_path):
    """Return a unit of this name as it is with these links in place."""

    def make(name, *links, row="there", install=True):
        source, place = tmp_path / "source", tmp_path / "place"
        (place / "timers.target.wants").mkdir(parents=True)
        source.mkdir()
        (source / name).write_text("[Unit]\n\n[Install]\n" if install else "[Unit]\n")
        for link in links:
            (place / link).symlink_to(source / name)
        return unit(name, ROWS[row], source / name, place)

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
    now = made(name, *links, row=row, install=install)
    assert (goal(now, PARAMS) != now) is differs

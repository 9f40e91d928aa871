# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode on a blank host says what the deployment then does; a second one does nothing."""

from pathlib import Path

import pytest
import yaml

from lab.deployments import recorded

UNFORESEEN = yaml.safe_load((Path(__file__).parent / "unforeseen.yml").read_text())
STEPS = ("check", "first", "second")


@pytest.fixture(scope="session")
def blank():
    """Return the check, the run and the second run that made appliances out of blank hosts."""
    runs = recorded()
    starts = [number for number, run in enumerate(runs) if run.check]
    if not starts or len(runs) < starts[-1] + 3:
        pytest.fail("no deployment to blank hosts is recorded: make one T=appliance makes one")
    return dict(zip(STEPS, runs[starts[-1] :], strict=False))


def test_unforeseen_changes_are_few_and_reasoned():
    assert len(UNFORESEEN) <= 5
    assert all(row["reason"] for row in UNFORESEEN)


def test_host_was_blank(blank, name):
    assert "engine : Install the packages of all roles" in blank["first"].tasks(name)


def test_check_mode_lists_the_changes_of_the_run_that_follows(blank, name):
    foreseen, done = (blank[step].tasks(name) for step in STEPS[:2])
    assert foreseen - done == set()
    assert done - foreseen == {row["task"] for row in UNFORESEEN}


@pytest.mark.parametrize("step", STEPS)
def test_no_task_fails(blank, name, step):
    assert [row for row in blank[step].failed if row["host"] == name] == []


def test_second_deployment_changes_nothing(blank, name):
    assert blank["second"].tasks(name) == set()

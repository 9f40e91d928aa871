# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten changes by hand, one deployment: each is reported and undone, and nothing else is."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from lab.deployments import deploy
from lab.fingerprint import fingerprint
from lab.mail import inside

CHANGES = yaml.safe_load((Path(__file__).parent / "drift.yml").read_text())
HOSTS = ["mx-bookworm", "mx-trixie"]
ALL = {task for row in CHANGES for task in row["reported"]}
NOTIFIED = {task for row in CHANGES for task in row["handlers"]}


@pytest.fixture(scope="module")
def drift():
    """Make the changes on both hosts, deploy twice, and look at the hosts before and after."""
    before = {host: fingerprint(host) for host in HOSTS}
    for host in HOSTS:
        for row in CHANGES:
            inside(host, "sh", "-ec", row["change"])
    changed = {host: fingerprint(host) for host in HOSTS}
    repair, again = deploy(), deploy()
    after = {host: fingerprint(host) for host in HOSTS}
    return SimpleNamespace(before=before, changed=changed, repair=repair, again=again, after=after)


def test_there_are_eleven_changes(drift, name):
    assert len(CHANGES) == 11
    assert len(drift.before[name] - drift.changed[name]) >= 11


def test_deployment_succeeds(drift):
    assert drift.repair.status == 0, drift.repair.output[-4000:]


@pytest.mark.parametrize("change", CHANGES, ids=lambda row: row["id"])
def test_change_is_reported(drift, name, change):
    assert set(change["reported"]) <= drift.repair.tasks(name, handlers=False)


def test_nothing_else_is_reported(drift, name):
    assert drift.repair.tasks(name, handlers=False) == ALL


def test_only_what_was_notified_is_restarted(drift, name):
    assert drift.repair.tasks(name, handlers=True) == NOTIFIED


def test_both_changes_of_the_release_are_named(drift, name):
    words = ["policy.toml has mode 0666 instead of 0644", "ptrgate/judge/words.py differs"]
    assert drift.repair.told(name, "differences") == [words]


def test_all_changes_of_postfix_are_named(drift, name):
    words = ["smtpd_milters", "hold/unix", "smtp/inet/smtpd_milters"]
    assert drift.repair.told(name, "names") == [words]


def test_host_is_as_it_was(drift, name):
    assert drift.after[name] ^ drift.before[name] == set()


def test_second_deployment_changes_nothing(drift, name):
    assert drift.again.tasks(name) == set()

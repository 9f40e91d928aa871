# SPDX-License-Identifier: GPL-3.0-or-later
"""What bench.fleet makes of what ansible-playbook says."""

from dataclasses import replace

import pytest

from bench.fleet import FailedRun, Run, counted, names, overlay, status

ONE = """
TASK [Look at the host] ****
ok: [mx-bookworm]
TASK [engine : Put the release in place] ****
changed: [mx-bookworm]
RUNNING HANDLER [milter : Restart the milter] ****
PLAY RECAP ****
localhost   : ok=2    changed=0    unreachable=0    failed=0    skipped=0    rescued=0
mx-bookworm : ok=80   changed=1    unreachable=0    failed=0    skipped=40   rescued=0
"""
COST = 20.0, 6.0, 0.5
RUN = Run(1, "unchanged", 60, 40, 0, 25.0, 6.0, 0.5)


def test_a_run_is_counted():
    assert counted(ONE, 1, "first", COST) == Run(1, "first", 3, 40, 1, *COST)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(ONE.replace("failed=0    skipped=40", "failed=1    skipped=40"), id="failed"),
        pytest.param(ONE.replace("unreachable=0", "unreachable=1"), id="a host was not there"),
        pytest.param("ERROR! no such file", id="there was no play"),
    ],
)
def test_a_run_that_failed_is_no_measurement(said):
    with pytest.raises(FailedRun):
        counted(said, 1, "first", COST)


@pytest.mark.parametrize(
    ("run", "ends"),
    [
        pytest.param(RUN, 0, id="at the targets"),
        pytest.param(replace(RUN, tasks=61), 1, id="a task too many"),
        pytest.param(replace(RUN, seconds=25.1), 1, id="too slow"),
        pytest.param(replace(RUN, cpu=6.1), 1, id="too dear"),
        pytest.param(replace(RUN, changed=1), 2, id="it was not unchanged"),
        pytest.param(replace(RUN, hosts=4, seconds=99.0), 0, id="only one host has targets"),
    ],
)
def test_the_exit_status_says_whether_the_targets_are_kept(run, ends):
    assert status([run]) == ends


def test_hosts_have_names_and_addresses_of_their_own():
    assert names(3) == ["mx-bookworm", "mx-trixie", "mx-bookworm2"]
    hosts = overlay(16)["ptrgate"]["hosts"]
    assert len({host["ansible_host"] for host in hosts.values()}) == len(hosts) == 16

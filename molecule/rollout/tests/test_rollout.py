# SPDX-License-Identifier: GPL-3.0-or-later
"""Four hosts: a bad release ends on the canary; a controller dies; the next goes on; and back."""

import os
import signal
import subprocess
import time
from types import SimpleNamespace

import pytest

from lab import mail
from lab.deployments import ROOT
from lab.twins import twins
from tests.releasing import HOSTS, in_use, order, settled

CANARY, SECOND = "mx-bookworm", "mx-bookworm-2"  # by label, then by name
TWINS = [ROOT / "inventory/rollout"]
# An open relay that no check on the host itself can see: a trial has no networks of its own.
BAD = {"postfix_parameters": {"mynetworks": "0.0.0.0/0 [::]/0"}}
# The policy, a parameter that was not named before, a table, a timer's drop-in, one more unit.
GOOD = {
    "engine_naming_point": "strict",
    "postfix_parameters": {"smtpd_timeout": "299s"},
    "postfix_sender_domains": ["later.example"],
    "outbound_interval": 7,
    "ptrgate_written_to_days": 30,
}
QUICK = {
    "rollout_soak_seconds": 4, "rollout_soak_most_seconds": 300, "rollout_sample": 10,
    "rollout_drain_seconds": 5,
}  # fmt: skip
SOON = {"rollout_armed_seconds": 75}  # the canary has the time to watch besides
ARMED = "test -e /usr/lib/ptrgate/armed && echo armed || true"
TABLE = "/var/lib/ptrgate/outbound.pcre"
HELD = "ptrgate rollout lock --run another --owner jane@desk 2>&1; echo $?"


def until(condition, seconds=300):
    end = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < end:
        time.sleep(0.3)
    return said


def on_all(*words):
    """Run a command on both appliances; return what each printed."""
    return {host: mail.inside(host, *words) for host in HOSTS}


def killed_on(host, overlay):
    """Begin a rollout and kill its controller as soon as the host has the new release."""
    before = in_use([host])[host]
    words = [word for source in [ROOT / "inventory/lab", *TWINS] for word in ("-i", source)]
    words += [*overlay, "playbooks/rollout.yml"]
    with subprocess.Popen(
        [ROOT / ".venv/bin/python", "-m", "ansible", "playbook", *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}, start_new_session=True,
    ) as controller:  # fmt: skip
        link = ["readlink", "/usr/lib/ptrgate/current"]
        new = until(
            lambda: controller.poll() is not None or before not in mail.inside(host, *link), 900
        )
        os.killpg(controller.pid, signal.SIGKILL)
        return new, controller.stdout.read()


@pytest.fixture(scope="module")
def story(play, writing, overlay):
    """A bad rollout, one whose controller dies at the second host, the same again, and back."""
    with twins() as more:
        hosts = [*HOSTS, *more]
        seen = SimpleNamespace(hosts=hosts, before=settled(hosts), first=in_use(hosts))
        with writing(hosts) as seen.mail:
            seen.bad = play("playbooks/rollout.yml", inventory=TWINS, **BAD, **QUICK)
            seen.after_bad, seen.settled_bad = in_use(hosts), settled(hosts)
            seen.new, seen.said = killed_on(SECOND, overlay(**GOOD, **QUICK, **SOON))
            seen.half = in_use(hosts)
            seen.armed = mail.inside(SECOND, "sh", "-c", ARMED)
            seen.held = mail.inside(SECOND, "sh", "-c", HELD)
            seen.freed = play("playbooks/unlock.yml", inventory=TWINS)
            seen.returned = until(lambda: in_use([SECOND])[SECOND] == seen.first[SECOND])
            seen.disarmed = until(lambda: not mail.inside(SECOND, "sh", "-c", ARMED))
            seen.again = play("playbooks/rollout.yml", inventory=TWINS, **GOOD, **QUICK)
            seen.all, seen.changed = in_use(hosts), settled(hosts)
            back(seen, play)
        seen.after = settled()
        yield seen


def back(seen, play):
    """Close the gate by hand, and go back: first only in words, then twice."""
    on_all("ptrgate", "gate", "override", "hold", "--hours", "1", "--reason", "a test")
    seen.closed = on_all("cat", TABLE)
    seen.dry = play("playbooks/rollback.yml", "--check")
    seen.still = in_use()
    seen.back = play("playbooks/rollback.yml")
    seen.twice = play("playbooks/rollback.yml")
    seen.still_closed = on_all("cat", TABLE)
    on_all("ptrgate", "gate", "override", "--end")


def test_a_bad_release_stops_the_rollout(story):
    assert story.bad.status != 0
    assert f"The rollout stops at {CANARY}" in story.bad.said
    assert "relay" in story.bad.said or "foreign" in story.bad.said
    assert {"Put the release to use", "Put this host back"} <= story.bad.tasks(CANARY)


def test_a_bad_release_is_gone_from_the_canary_and_never_came_to_another(story):
    assert story.after_bad == story.first
    changed = {host: story.settled_bad[host] ^ story.before[host] for host in story.hosts}
    assert changed == {host: set() for host in story.hosts}
    others = set(story.hosts) - {CANARY}
    done = set().union(*(story.bad.tasks(host) for host in others))
    assert done <= {"Lay the release down", "Hold each host for this rollout"}


def test_a_host_whose_controller_died_goes_back_by_itself(story):
    assert story.half[SECOND] != story.first[SECOND], story.said[-3000:]
    assert (story.armed.strip(), story.returned, story.disarmed) == ("armed", True, True)


def test_a_dead_rollout_is_told_with_owner_time_and_what_to_do(story):
    words, _, status = story.held.strip().rpartition("\n")
    assert status == "70"
    for said in ("held by a rollout of ", "begun at 20", "playbooks/unlock.yml"):
        assert said in words
    assert story.freed.status == 0


def test_begun_again_it_goes_on_where_it_stopped(story):
    assert story.again.status == 0, story.again.said
    assert "Keep it" not in story.again.tasks(CANARY)
    assert all("Keep it" in story.again.tasks(host) for host in story.hosts if host != CANARY)
    assert all(story.all[host] != story.first[host] for host in story.hosts)


@pytest.mark.parametrize("host", HOSTS)
def test_a_release_is_all_that_a_host_is_told(story, host):
    new = "\n".join(story.changed[host] - story.before[host])
    for one in ("smtpd_timeout", "ptrgate-learn.timer", "interval.conf", "ptrgate_notices.pcre"):
        assert one in new


def test_check_mode_says_who_would_go_back_and_changes_nothing(story):
    assert story.still == {host: story.all[host] for host in HOSTS}
    assert {row["host"] for row in story.dry.changed} == set(HOSTS)


@pytest.mark.parametrize("host", HOSTS)
def test_going_back_leaves_nothing_of_it(story, host):
    assert story.back.status == 0, story.back.said
    assert story.after[host] ^ story.before[host] == set()


def test_going_back_twice_is_going_back_once(story):
    assert (story.twice.status, story.twice.changed) == (0, [])
    assert in_use() == {host: story.first[host] for host in HOSTS}


def test_a_closed_gate_stays_closed(story):
    assert story.still_closed == story.closed
    assert all("hold:" in table for table in story.closed.values())


@pytest.mark.parametrize("host", HOSTS)
def test_further_back_needs_a_name(story, host):
    said = order(host, "back")
    assert said["current"] == story.first[host]
    assert "went back" in said["words"] and story.all[host] in said["words"]


def test_no_message_is_lost_or_doubled(story):
    assert len(story.mail.told) > 50
    assert (story.mail.refused, story.mail.wrong()) == ({}, {})

# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a rollout Ansible tells a line a host and stage; of other playbooks what it always tells."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from callback_plugins.stages import SHOWN, STAGES

ROOT = Path(__file__).parents[2]
TASKS = [
    {"name": "Ask each host how it is", "ansible.builtin.command": "true"},
    {"name": "Something else", "ansible.builtin.command": "true"},
    {"name": "Show it", "ansible.builtin.debug": {"msg": "the summary"}},
    {"name": "Keep it", "ansible.builtin.command": "true"},
    {"name": "Stop the rollout", "ansible.builtin.fail": {"msg": "the reason"}},
]


@pytest.fixture
def told(tmp_path):
    """Run the tasks as a playbook of this name; return the exit status and what was written."""

    def run(name, tasks=TASKS):
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
        (tmp_path / name).write_text(yaml.safe_dump([play]))
        environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                                    "ANSIBLE_FORCE_COLOR": "0"}  # fmt: skip
        words = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local"]
        done = subprocess.run(
            [*words, tmp_path / name],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    return run


def test_a_rollout_is_a_line_a_host_and_stage(told):
    status, said = told("rollout.yml")
    lines = [
        re.sub(r" +\d+ s$", "", line) for line in said.splitlines() if line[:10] == "localhost:"
    ]
    assert [line.split()[1] for line in lines] == ["asked", "done"]
    assert status == 2
    assert "Something else" not in said
    assert "the summary" in said and "the reason" in said


LOST = [
    {"name": "Set the dead-man's switch", "ansible.builtin.debug": {"msg": "it is set"}},
    {"name": "Put the release to use", "ansible.builtin.raw": "true",
     "vars": {"ansible_connection": "ssh", "ansible_port": 1}},
]  # fmt: skip


def test_of_a_host_that_is_lost_half_way_it_says_what_becomes_of_it(told):
    status, said = told("rollout.yml", LOST)
    assert status == 4
    last = said.strip().splitlines()[-1]
    for words in ("The rollout stops at localhost", "after it was armed", "dead-man's switch",
                  "unlock.yml"):  # fmt: skip
        assert words in last


def test_other_playbooks_are_told_as_ever(told):
    status, said = told("site.yml")
    assert (status, said.count("TASK [")) == (2, 5)


def test_every_stage_is_a_task_of_the_rollout():
    files = [ROOT / "playbooks/rollout.yml", *(ROOT / "playbooks/tasks").glob("rollout_*.yml")]
    names = set(re.findall(r"- name: (.*)", "\n".join(file.read_text() for file in files)))
    assert {*STAGES, *SHOWN} - names == set()

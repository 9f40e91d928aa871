# SPDX-License-Identifier: GPL-3.0-or-later
"""What every task needs is loaded before the first process is forked, and nothing is said of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callback_plugins.preloaded import USED

ROOT = Path(__file__).parents[2]
LOOK = """
import gc, json, sys
from callback_plugins.preloaded import CallbackModule
before = set(sys.modules)
CallbackModule().v2_playbook_on_start(None)
print(json.dumps([gc.get_freeze_count(), sorted(set(sys.modules) - before)]))
"""


@pytest.mark.parametrize(
    ("plugins", "name"), [(plugins, name) for plugins, names in USED.items() for name in names]
)
def test_what_is_to_be_loaded_is_there(plugins, name):
    assert plugins.get(name, class_only=True)


def test_it_is_loaded_and_no_collection_looks_at_it_again():
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    frozen, loaded = json.loads(done.stdout.splitlines()[-1])
    assert frozen > 10_000
    assert "ansible.plugins.connection.ssh" in loaded
    assert any(name.startswith("ansible.plugins.filter.judged") for name in loaded)


def test_a_playbook_runs_and_hears_nothing_of_it(tmp_path):
    task = {"ansible.builtin.command": "true"}
    play = tmp_path / "play.yml"
    play.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", play],
        env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "ok=1 " in done.stdout
    assert done.stderr == ""

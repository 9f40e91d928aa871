# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/preview.yml on a host that is no appliance yet: real Ansible, a bare Python, a log."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bench.replay.maillog import Maillog

ROOT = Path(__file__).resolve().parents[2]
OLD = "old.example.org"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a directory with an inventory, half a log packed, half not, and a bare Python."""
    place = tmp_path_factory.mktemp("preview")
    bare = place / "python"  # without Debian's packages, so without dnspython
    bare.write_text(f'#!/bin/sh\nexec {sys._base_executable} -S "$@"\n')
    bare.chmod(0o755)
    made = Maillog(300, seed=7, form="syslog")
    lines = [line + b"\n" for line in made.lines()]
    (place / "mail.log.1.gz").write_bytes(gzip.compress(b"".join(lines[: len(lines) // 2])))
    (place / "mail.log").write_bytes(b"".join(lines[len(lines) // 2 :]))
    host = {"ansible_connection": "local", "ansible_python_interpreter": str(bare)}
    (place / "hosts.yml").write_text(yaml.safe_dump({"ptrgate": {"hosts": {OLD: host}}}))
    return place, made


def play(place, variables, *arguments):
    """Run the playbook; return its status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", place / "hosts.yml",
         "-e", json.dumps(variables), *arguments, "playbooks/preview.yml"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"ANSIBLE_FORCE_COLOR": "0"},
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_a_host_tells_whom_the_inventorys_policy_would_have_hit(place):
    place, made = place
    before = {path.name for path in place.iterdir()}
    given = {"preview_logs": [f"{place}/mail.log*"], "report": f"{place}/out",
             "engine_actions": {"no_ptr": {"v4": "log"}}}  # fmt: skip
    status, said = play(place, given, "--check")
    assert (status, "changed=0" in said) == (0, True), said
    facts = json.loads((place / f"out/{OLD}.json").read_text())
    assert {row["finding"]: row["sessions"] for row in facts["outcomes"][0]} == made.counted
    assert ("no_ptr", "log") in {(row["finding"], row["action"]) for row in facts["outcomes"][0]}
    assert "not told apart" in (place / f"out/{OLD}.txt").read_text()
    assert "<svg" in (place / f"out/{OLD}.html").read_text()
    assert {path.name for path in place.iterdir()} - before == {"out"}


@pytest.mark.parametrize(
    "variables, words",
    [
        ({"preview_logs": ["/nowhere/mail.log"]}, "this host has no such file"),
        ({"engine_naming_point": "wild"}, "naming.point"),
    ],
)
def test_what_is_wrong_is_a_sentence(place, variables, words):
    status, said = play(place[0], variables)
    assert status == 2
    assert words in said

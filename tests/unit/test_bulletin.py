# SPDX-License-Identifier: GPL-3.0-or-later
"""The supervisor's bulletin where there is no room for another file: a real full file system."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ptrgate.shared.bulletin import Bulletin

ROOT = Path(__file__).parents[2]
# A file system of four pages, filled to the last octet after a first bulletin.
FULL = """
mount -t tmpfs -o size=16k none "$1"
"$2" -c 'from ptrgate.shared.bulletin import Bulletin; import sys
Bulletin(reloads=1).write(sys.argv[1])
try:
    with open(sys.argv[1] + "/rest", "wb", buffering=0) as rest:
        while rest.write(b"x" * 512): pass
except OSError as error: print(error.strerror)
Bulletin(reloads=2, refused="é").write(sys.argv[1])
print(Bulletin.read(sys.argv[1]).reloads)' "$1"
"""


def test_on_a_full_disk_it_is_still_told_what_happened(tmp_path):
    alone = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    done = subprocess.run(
        [*alone, "sh", "-ec", FULL, "sh", tmp_path, sys.executable],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout.split("\n")[:2], done.stderr) == (["No space left on device", "2"], "")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(Bulletin(seen=1, policy="f0b92785", mode="enforce"), id="an ordinary one"),
        pytest.param(Bulletin(refused="x" * 3000), id="one that is longer than usual"),
        pytest.param(Bulletin(), id="an empty one after a long one"),
    ],
)
def test_it_is_read_as_it_was_written(tmp_path, said):
    said.write(str(tmp_path))
    assert Bulletin.read(str(tmp_path)) == said
    json.loads((tmp_path / "supervisor.json").read_text())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What `postfix check` lets pass is found in an instance of its own, before it is in use.

Each fault is tried on one of the two appliances, both at a time.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import mail
from tests.planted import FAULTS
from tests.releasing import HOSTS, LIB

PLANTED = "badc0de00000"
# name -> a file of the release, what is written there, and words that must be in what is wrong
PLANTS = {
    "a milter that does not start":
        ("ptrgate/milter/session.py", "raise RuntimeError('planted')\n", "does not begin"),
    "a policy that the milter refuses": ("policy.toml", "no_such_key = 1\n", "no_such_key"),
}  # fmt: skip
PLANT = """
import hashlib, os, pathlib, shutil, sys
root, name, path, text = sys.argv[1:]
place = pathlib.Path(root, "releases", name)
shutil.rmtree(place, ignore_errors=True)
shutil.copytree(pathlib.Path(root, "current").resolve(), place)
(place / path).write_text(text)
rows = [line.split(" ", 2) for line in (place / "MANIFEST").read_text().splitlines()]
told = {path: hashlib.sha256(text.encode()).hexdigest()}
lines = [f"{told.get(one, digest)} {mode} {one}\\n" for digest, mode, one in rows]
(place / "MANIFEST").write_text("".join(lines))
"""


def tried(host, release, *parameters):
    """Try a release; return the exit status and what is wrong."""
    words = [word for one in parameters for word in ("--parameter", one)]
    script = 'ptrgate rollout trial "$@"; echo $?'
    said = mail.inside(host, "sh", "-c", script, "sh", release, *words)
    answer, _, status = said.strip().rpartition("\n")
    return int(status), json.loads(answer)["wrong"] if answer else []


def of(host, number):
    """Return what is wrong with the release in use, and with half of the faults."""
    now = mail.inside(host, "readlink", f"{LIB}/current").strip().rpartition("/")[2]
    found = {f"nothing ({host})": tried(host, now)}
    for name, (parameters, _) in list(FAULTS.items())[number::2]:
        found[name] = tried(host, now, *parameters)
    for name, (path, text, _) in list(PLANTS.items())[number::2]:
        mail.inside(host, "python3", "-c", PLANT, LIB, PLANTED, path, text)
        found[name] = tried(host, PLANTED)
        mail.inside(host, "rm", "-r", f"{LIB}/releases/{PLANTED}")
    return found


@pytest.fixture(scope="module")
def found():
    with ThreadPoolExecutor(len(HOSTS)) as both:
        halves = both.map(of, HOSTS, range(len(HOSTS)))
        return {name: wrong for half in halves for name, wrong in half.items()}


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_in_use_has_no_fault(found, host):
    assert found[f"nothing ({host})"] == (0, [])


WORDS = {name: row[-1] for name, row in (FAULTS | PLANTS).items()}


@pytest.mark.parametrize("name", WORDS)
def test_a_fault_is_found(found, name):
    status, wrong = found[name]
    assert (status, any(WORDS[name] in one for one in wrong)) == (70, True), wrong


@pytest.mark.parametrize("host", HOSTS)
def test_nothing_of_it_stays(found, host):  # noqa: ARG001 (it has been tried)
    assert mail.inside(host, "sh", "-c", "ls -d /run/ptrgate-trial 2>&1 || true").startswith("ls:")
    assert mail.inside(host, "ss", "-Hlnt", "sport = :10027") == ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake is made once, a few at a time, between two looks at the hosts."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

import pytest
import yaml

from lab.deployments import deploy, older_core
from lab.fingerprint import fingerprint
from lab.mail import ROOT

MISTAKES = yaml.safe_load((Path(__file__).parent / "mistakes.yml").read_text())
HOSTS = ["mx-bookworm", "mx-trixie"]
AT_ONCE = 3


def arguments(place, mistake):
    """Return the arguments of a deployment where hosts have the wrong variables of ``mistake``."""
    if wrong := {host: mistake[host] for host in HOSTS if host in mistake}:
        overlay = place / "mistake.yml"
        overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": wrong}}))
        return ["-i", ROOT / "inventory/lab", "-i", overlay]
    return mistake.get("arguments", [])


@pytest.fixture(params=MISTAKES, ids=lambda row: row["id"])
def mistake(request):
    """Return one mistake after the other."""
    return request.param


@pytest.fixture(scope="session")
def hosts():
    """Return the names of the appliances."""
    return HOSTS


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory):
    """Return the deployments by the mistake's id, and the hosts before and after all of them."""

    base = tmp_path_factory.mktemp("mistakes")  # before the threads: the factory is not for many

    def run(mistake):
        place = Path(mkdtemp(dir=base))
        core = older_core(mistake["ansible"]) if "ansible" in mistake else None
        return deploy(*arguments(place, mistake), place=place / "runs", core=core)

    before = {host: fingerprint(host) for host in HOSTS}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = dict(zip((row["id"] for row in MISTAKES), pool.map(run, MISTAKES), strict=True))
    return {"runs": runs, "before": before, "after": {host: fingerprint(host) for host in HOSTS}}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that run on an appliance, with the engine that is deployed there."""

import os
import secrets
from pathlib import Path

import pytest

from lab.mail import inside

# OUTBOUND_SEED=N repeats the faults of an earlier run.
SEED = int(os.environ.get("OUTBOUND_SEED") or secrets.randbelow(1_000_000))
CODE = "PYTHONPATH=/usr/lib/ptrgate/current"


def pytest_terminal_summary(terminalreporter):
    """Print the seed, whatever came of the run."""
    terminalreporter.write_line(f"the rounds' faults: OUTBOUND_SEED={SEED}")


@pytest.fixture(scope="session")
def seed():
    """Return the number that the faults of all rounds follow from."""
    return SEED


@pytest.fixture(scope="session")
def engine():
    """Return a function: host, script, arguments, words for its input -> what it prints."""

    def run(host: str, script: Path, *arguments: str, words: str = "") -> str:
        python = ["env", CODE, "python3", "-B", "-c", script.read_text()]
        return inside(host, *python, *arguments, words=words)

    return run

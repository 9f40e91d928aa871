# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments of the lab, and what the callback `runs` recorded of them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.mail import ROOT

RUNS = ROOT / "build/runs"


@dataclass(frozen=True)
class Deployment:
    """One run of a playbook: its rows as the callback wrote them, and its exit status if known."""

    check: bool
    changed: list[dict[str, Any]]
    failed: list[dict[str, Any]]
    status: int | None = None
    output: str = ""

    def tasks(self, host: str, *, handlers: bool | None = None) -> set[str]:
        """Return the tasks that changed a host; only handlers, or none, if asked for."""
        return {
            row["task"]
            for row in self.changed
            if row["host"] == host and handlers in (None, row["handler"])
        }

    def told(self, host: str, key: str) -> list[Any]:
        """Return what the changed tasks of a host said under ``key``."""
        return [row[key] for row in self.changed if row["host"] == host and key in row]

    @property
    def said(self) -> str:
        """The words of the tasks that failed, on one line."""
        return " ".join(" ".join(str(row.get("msg", "")) for row in self.failed).split())


def recorded(place: Path = RUNS) -> list[Deployment]:
    """Return the recorded runs, oldest first."""
    return [Deployment(**json.loads(path.read_text())) for path in sorted(place.glob("*.json"))]


def deploy(
    *arguments: str | Path,
    place: Path = RUNS,
    core: Path | None = None,
    playbook: str = "site.yml",
) -> Deployment:
    """Run a playbook as an operator would and return what was recorded of it.

    ``core`` is where another ansible-core than that of the tools is installed.
    """
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": f"{ROOT}/callback_plugins:{ROOT}/lab/callback_plugins",
        "ANSIBLE_CALLBACKS_ENABLED": "runs",
        "ANSIBLE_FORCE_COLOR": "0",  # Molecule asks for colours
        "LAB_RUNS": str(place),
        "PYTHONPATH": str(core or ""),
    }
    done = subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "ansible", "playbook", *arguments, playbook],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    run = recorded(place)[-1]
    said = done.stdout + done.stderr
    return Deployment(run.check, run.changed, run.failed, done.returncode, said)


def older_core(version: str) -> Path:
    """Install an ansible-core of this version beside the tools, once; return where."""
    place = ROOT / f"build/ansible-core-{version}"
    if not place.exists():
        install = ["install", "--quiet", "--no-deps", "--target", str(place)]
        wanted = f"ansible-core=={version}.*"
        subprocess.run([ROOT / ".venv/bin/pip", *install, wanted], check=True)
    return place

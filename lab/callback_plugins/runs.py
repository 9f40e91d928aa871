# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback ``runs``: what a run of a playbook changed, kept for the tests that compare runs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: runs
type: aggregate
short_description: Keep which tasks of a run changed something, and which failed
version_added: "0.1"
author: PTRgate
description:
  - Writes one JSON file a run into the directory that the environment variable E(LAB_RUNS) names.
  - The file holds C(check) (whether it was check mode) and the lists C(changed) and C(failed) of
    tasks, each with C(host), C(task) (role and name), C(handler), and of the result what says why.
requirements: [E(LAB_RUNS); without it nothing is written]
"""

TOLD = ("msg", "differences", "names")  # of a result, what says why

Row = dict[str, Any]


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible publishes no types
    """Collects while the run lasts, writes when it ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "runs"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.changed: list[Row] = []
        self.failed: list[Row] = []
        self.handlers: set[str] = set()

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Remember that this task is a handler."""
        self.handlers.add(task._uuid)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep a task that changed something."""
        if result._result.get("changed"):
            self.changed.append(self.row(result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Keep a task that failed, forgiven or not."""
        self.failed.append(self.row(result) | {"ignored": ignore_errors})

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep a host that did not answer."""
        self.failed.append(self.row(result) | {"ignored": False})

    def row(self, result: Any) -> Row:
        """Return what is kept of one result."""
        task = result._task
        said = {key: result._result[key] for key in TOLD if key in result._result}
        return {
            "host": result._host.get_name(),
            "task": task.get_name(),
            "handler": task._uuid in self.handlers,
        } | said

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002 - Ansible's signature
        """Write the file; its name sorts by time."""
        if directory := os.environ.get("LAB_RUNS"):
            check = bool(context.CLIARGS.get("check"))
            run = {"check": check, "changed": self.changed, "failed": self.failed}
            place = Path(directory) / f"{time.time_ns()}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(run, indent=1) + "\n")

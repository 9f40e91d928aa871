# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback ``stages``: Ansible's own output, but of a rollout a line a host and stage."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback.default import CallbackModule as Default

DOCUMENTATION = r"""
name: stages
type: stdout
short_description: Ansible's own output, but of a rollout a line a host and stage
description:
  - Of C(playbooks/rollout.yml) shows in which stage each host is. On a terminal that is a table
    which is written over; elsewhere a line a host and stage. Everything that fails is shown whole.
  - With C(-v), and of every other playbook, it is the callback P(ansible.builtin.default#callback).
extends_documentation_fragment: [default_callback, result_format_callback]
"""

PLAYBOOK = "rollout.yml"
STAGES = {  # what a task's end means
    "Ask each host how it is": "asked",
    "Lay the release down": "laid down",
    "Set the dead-man's switch": "armed",
    "Take no new sessions, but from those who look": "drained",
    "Put the release to use": "switched",
    "Refuse what strangers would not have": "dialogue",
    "Take sessions again": "in service",
    "Refuse to go on where it does worse": "watched",
    "Keep it": "done",
    "Put this host back": "WENT BACK",
}
SHOWN = {"Show it"}
HALF_WAY = {"armed", "drained", "switched", "dialogue", "in service", "watched"}
LOST = (
    "The rollout stops at {host}: it cannot be reached any more, {stage}. {what} No further host is"
    " changed. When it is reached again: ansible-playbook playbooks/unlock.yml, and the same again."
)
BACK = "Its dead-man's switch puts it back to what it ran before, by itself."


class CallbackModule(Default):  # type: ignore[misc] # Ansible publishes no types
    """Ansible's default, silent about tasks while a rollout runs."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "stages"

    def __init__(self) -> None:
        """Begin without hosts."""
        super().__init__()
        self.quiet, self.drawn = False, 0
        self.stages: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.lost: list[str] = []
        self.began = time.monotonic()

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Find out whether this is a rollout."""
        self.quiet = Path(playbook._file_name).name == PLAYBOOK and not self._display.verbosity
        super().v2_playbook_on_start(playbook)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Tell that a host has come to a stage."""
        name = result._task.get_name().rpartition(" : ")[2]
        if not self.quiet or name in SHOWN:
            self.drawn = 0
            super().v2_runner_on_ok(result)
        elif name in STAGES:
            self.reached(result._host.get_name(), STAGES[name])

    def reached(self, host: str, stage: str) -> None:
        """Write the table anew, or one line."""
        self.last[host] = stage
        self.stages[host] = f"{stage:<10} {time.monotonic() - self.began:6.0f} s"
        if not sys.stdout.isatty():
            self._display.display(f"{host}: {self.stages[host]}")
            return
        up = f"\033[{self.drawn}A" if self.drawn else ""
        lines = [f"\033[K{one:<24} {told}" for one, told in self.stages.items()]
        self.drawn = len(lines)
        self._display.display(up + "\n".join(lines))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Show whatever fails; the table begins anew below it."""
        self.drawn = 0
        super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Show it, as above; a host that is lost half way is told of at the end."""
        self.drawn = 0
        super().v2_runner_on_unreachable(result)
        host = result._host.get_name()
        if self.last.get(host) in HALF_WAY and not result._task.ignore_unreachable:
            self.lost.append(host)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Say what neither a rescue nor another play can say of a host that cannot be reached."""
        super().v2_playbook_on_stats(stats)
        for host in self.lost if self.quiet else ():
            stage = f"after it was {self.last[host]}"
            self._display.display(LOST.format(host=host, stage=stage, what=BACK), color="red")


def _silent(name: str) -> Any:
    """Return a method that says nothing while a rollout runs."""
    said = getattr(Default, name)

    def method(self: CallbackModule, *arguments: Any, **named: Any) -> None:
        if not self.quiet:
            said(self, *arguments, **named)

    method.__doc__ = said.__doc__
    return method


for _name in (
    "v2_playbook_on_play_start", "v2_playbook_on_task_start", "v2_playbook_on_handler_task_start",
    "v2_playbook_on_include", "v2_runner_on_skipped",
    "v2_runner_item_on_ok", "v2_runner_item_on_skipped", "v2_runner_retry",
    "v2_playbook_on_no_hosts_matched",
):  # fmt: skip
    setattr(CallbackModule, _name, _silent(_name))

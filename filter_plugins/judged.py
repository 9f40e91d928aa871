# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``judged``: what the engine of this checkout says against a file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

DOCUMENTATION = r"""
name: judged
short_description: Have the engine of this checkout judge a file
version_added: "0.1"
author: PTRgate
description:
  - Runs a command of C(ptrgate) on the controller with the text as its input.
  - Needs nothing but the Python that runs Ansible.
options:
  _input:
    description: The text of the file.
    type: str
    required: true
  command:
    description: The command and its arguments; the text is at C(/dev/stdin).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a policy that the engine would refuse
  ansible.builtin.assert:
    that: policy | judged(['config', '--check', '/dev/stdin']) | length == 0
"""

RETURN = r"""
_value:
  description: What is wrong, in the engine's words; nothing if nothing is.
  type: str
"""

SOURCE = Path(__file__).resolve().parent.parent / "src"


def judged(text: str, command: Sequence[str]) -> str:
    """Return the engine's words against the text, or nothing."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "ptrgate", *command],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    if done.returncode == 0:
        return ""
    return (done.stderr or done.stdout).strip() or f"ptrgate {command[0]} ended {done.returncode}"


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"judged": judged}

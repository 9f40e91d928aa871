# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``judged``: what this checkout's own code says against a file that a role writes."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

DOCUMENTATION = r"""
name: judged
short_description: Have the code of this checkout judge a file that a role writes
version_added: "0.1"
author: PTRgate
description:
  - Reads the text on the controller as the service will read it on the host.
  - Needs nothing but the Python that runs Ansible.
options:
  _input:
    description: The text of the file.
    type: str
    required: true
  file:
    description: Which file it is.
    type: str
    choices: [policy.toml, gate.toml, page.toml, requests.toml]
    required: true
"""

EXAMPLES = r"""
- name: Refuse a policy that the engine would refuse
  ansible.builtin.assert:
    that: policy | judged('policy.toml') | length == 0
"""

RETURN = r"""
_value:
  description: What is wrong, a line for each mistake; nothing if nothing is.
  type: str
"""

SOURCE = Path(__file__).resolve().parent.parent / "src"
READERS = {
    "policy.toml": ("ptrgate.judge.policy", "BadPolicy"),
    "gate.toml": ("ptrgate.outbound.settings", "BadSettings"),
    "page.toml": ("ptrgate.page.settings", "BadSettings"),
    "requests.toml": ("ptrgate.requests.settings", "BadSettings"),
}


def judged(text: str, file: str) -> str:
    """Return what the file's reader says against the text, or nothing."""
    if str(SOURCE) not in sys.path:
        sys.path.append(str(SOURCE))
    place, error = READERS[file]
    reader = import_module(place)
    try:
        reader.load(str(text), source=file)
    except getattr(reader, error) as wrong:
        return str(wrong)
    return ""


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"judged": judged}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's modules find the engine where AnsiballZ would pack it (ansible.cfg: module_utils)."""

from pathlib import Path

from ansible import module_utils

module_utils.__path__.append(str(Path(__file__).parents[2] / "src"))

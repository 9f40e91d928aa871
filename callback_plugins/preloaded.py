# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback ``preloaded``: what every task needs is loaded once, before Ansible forks."""

from __future__ import annotations

import gc
from typing import Any

from ansible.plugins import loader
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: preloaded
type: aggregate
short_description: Load what every task needs once, before Ansible forks
description:
  - Ansible runs each task for each host in a process of its own, forked from the one that read the
    playbook. What that one has not loaded, each loads anew.
  - Says nothing and changes nothing but the controller's processor time; docs/measurements.md has
    the figures. Without it everything works.
"""

USED = {
    loader.connection_loader: ("ssh", "local"),
    loader.shell_loader: ("sh",),
    loader.action_loader: (
        "assert", "command", "copy", "debug", "normal", "set_fact", "template", "uri",
        "validate_argument_spec",
    ),
    loader.lookup_loader: ("file", "password", "template"),
}  # fmt: skip
SELDOM = 50_000  # objects between two collections: a fork lives for one task and is gone


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible publishes no types
    """Loads, and sets everything loaded apart from what is collected later."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "preloaded"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:  # noqa: ARG002 - Ansible's signature
        """Load; from here on a fork writes to no page only because a collection looked at it."""
        for plugins, names in USED.items():
            for name in names:
                plugins.get(name, class_only=True)
        for plugins in (loader.filter_loader, loader.test_loader):
            list(plugins.all())
        gc.collect()
        gc.freeze()
        gc.set_threshold(SELDOM)

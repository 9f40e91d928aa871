# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts told before and after, host by host."""

from __future__ import annotations

import json
from typing import Any

DOCUMENTATION = r"""
name: rollout_pairs
short_description: What hosts told before and after, host by host
description:
  - Reads two results of one loop of C(ptrgate rollout look); a host that did not answer in one of
    them is left out.
positional: _input, now
options:
  _input:
    description: The results before.
    type: list
    elements: dict
    required: true
  now:
    description: The results after, in the same order.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Compare with hosts that were not changed
  ansible.builtin.debug:
    msg: "{{ now | rollout_health(before, asked.results | rollout_pairs(asked_again.results)) }}"
"""

RETURN = r"""
_value:
  description: Pairs of what a host told before and after.
  type: list
  elements: list
"""

Result = dict[str, Any]


def rollout_pairs(then: list[Result], now: list[Result]) -> list[list[Any]]:
    """Return what each host told in both results; who did not answer is left out."""
    both = [pair for pair in zip(then, now, strict=True) if all(map(_told, pair))]
    return [[json.loads(one["stdout"]) for one in pair] for pair in both]


def _told(result: Result) -> bool:
    return result.get("rc") == 0


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"rollout_pairs": rollout_pairs}

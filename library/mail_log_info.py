#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: what would a policy have done to those who came, says this host's mail log?"""

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_log_info
short_description: Tell from this host's mail logs what a policy would have done
version_added: "0.1"
author: PTRgate
description:
  - Reads Postfix's logs as C(ptrgate replay) does, in constant memory, and judges whoever came by a
    policy. What comes back is the report; no line of the log leaves the host.
  - Asks no DNS, installs nothing, writes nothing and leaves nothing behind.
options:
  logs:
    description:
      - Log files or patterns of them, packed or not, or exports of the journal.
      - By default C(/var/log/mail.log*) and C(/var/log/maillog*); where there is none, the
        journal.
    type: list
    elements: str
    default: []
  days:
    description: [So many days of the journal, if that is what is read.]
    type: float
    default: 7.0
  policy:
    description: [The text of a policy; by default the one that PTRgate has built in.]
    type: str
    default: ""
  most:
    description: [So many organisations in the text.]
    type: int
    default: 20
attributes:
  check_mode:
    description: Can run in check mode.
    support: full
    details: [It only reads.]
  diff_mode:
    description: Can show a difference.
    support: none
  idempotent:
    description: Run twice, it changes nothing the second time.
    support: full
requirements:
  - Python >= 3.11 (on the managed host)
"""

EXAMPLES = r"""
- name: See whom the policy would have refused
  mail_log_info:
    policy: "{{ lookup('ansible.builtin.file', 'candidate.toml') }}"
  register: __preview

- name: Show it
  ansible.builtin.debug:
    msg: "{{ __preview.text.splitlines() }}"
"""

RETURN = r"""
text:
  description: The report as a person reads it.
  returned: success
  type: str
page:
  description: The report as one HTML page with plots.
  returned: success
  type: str
facts:
  description: The report for programs, the object that C(ptrgate replay --json) prints.
  returned: success
  type: dict
"""

import argparse
import sys
import traceback
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

ENGINE_ERROR = ""
try:
    from ansible.module_utils.ptrgate.cli.replay_page import page
    from ansible.module_utils.ptrgate.cli.replay_text import tell
    from ansible.module_utils.ptrgate.cli.replayed import replayed
    from ansible.module_utils.ptrgate.judge.policy import BadPolicy, Policy, load
    from ansible.module_utils.ptrgate.logs.files import UnreadableLogError
    from ansible.module_utils.ptrgate.logs.journald import JournalError
except ImportError:  # the Python is older than 3.11
    ENGINE_ERROR = traceback.format_exc()

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "logs": {"type": "list", "elements": "str", "default": []},
    "days": {"type": "float", "default": 7.0},
    "policy": {"type": "str", "default": ""},
    "most": {"type": "int", "default": 20},
}
USUAL = ("/var/log/mail.log*", "/var/log/maillog*")
STATE = Path("/var/lib/ptrgate/milter")  # where an appliance keeps its run-time exemptions


def main() -> None:
    """Read, judge, report."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if ENGINE_ERROR:
        module.fail_json(msg=what_is_missing(), exception=ENGINE_ERROR)
    given = module.params
    try:
        name = "the inventory's policy" if given["policy"] else "built-in"
        policy = load(given["policy"], source=name) if given["policy"] else Policy.default()
        options = argparse.Namespace(
            logs=files(given["logs"]), days=given["days"], resolve=False, ask_at_most=0, rate=1.0,
            state=STATE,
        )  # fmt: skip
        facts = replayed(options, [policy], [name])
    except BadPolicy as error:
        module.fail_json(msg=f"{error}. Whoever keeps the inventory can change it.")
    except (UnreadableLogError, JournalError, ValueError) as error:
        module.fail_json(msg=str(error))
    text = tell(facts, given["most"])
    module.exit_json(changed=False, text=text, page=page(facts), facts=facts)


def files(patterns: list[str]) -> list[str]:
    """Return the files that the patterns name, the usual ones if none; ValueError if none fits."""
    root = Path("/")
    found = sorted({str(path) for one in patterns or USUAL for path in root.glob(one.lstrip("/"))})
    if patterns and not found:
        raise ValueError(
            f"logs is {patterns}, and this host has no such file; allowed: files or patterns, or"
            " none for the usual ones. Whoever runs the playbook can name others."
        )
    return found


def what_is_missing() -> str:
    """Say why the engine cannot run here, and what to do instead."""
    return (
        f"Python 3.11 or newer is needed on the managed host, and this is {sys.version.split()[0]}."
        " Copy the log to a machine that has it, and run there: ptrgate replay FILE"
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give named Postfix parameters and services their values, and leave all others alone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postfix_parameters
short_description: Give named Postfix parameters and services their values
description:
  - Compares C(main.cf) and C(master.cf) with what is wanted and changes only what differs,
    through C(postconf).
  - Never touches a parameter or service that is not named.
  - The value that a name has when it is asked for the first time is written to O(record), so
    that it can be put back; beside it lie both files as they were then.
  - Does not reload Postfix. Notify a handler that checks first.
  - In check mode on a host without Postfix everything named counts as a change.
options:
  state:
    description:
      - V(present) gives what is named its values.
      - V(previous) takes all of them back that an earlier run gave, and forgets O(record).
      - A file that nobody else has edited since becomes what it was, octet for octet. In one that
        somebody has, the names alone get their former values, and what he wrote stays.
    type: str
    choices: [present, previous]
    default: present
  parameters:
    description: [Parameters of C(main.cf). An empty value is a value. V(null) removes the
      parameter.]
    type: dict
    default: {}
  optional:
    description: [Names in O(parameters) that an older Postfix may not know; it is then not told.]
    type: list
    elements: str
    default: []
  services:
    description:
      - Services of C(master.cf), C(name/type) to the rest of the line from the column
        C(private) on.
      - V(null) removes the service.
    type: dict
    default: {}
  overrides:
    description:
      - C(-o) options of a service that keeps its other ones, C(name/type/parameter) to value.
      - V(null) removes the option.
    type: dict
    default: {}
  restore:
    description:
      - Services that are given back what they had before an earlier run gave them something else.
      - Once given back they are forgotten, and left alone. A service that is not in O(record) is
        left alone, too.
    type: list
    elements: str
    default: []
  record:
    description: [The file that remembers the values found before the first change.]
    type: path
    default: /var/lib/ptrgate/postfix-previous.json
attributes:
  check_mode: {description: Can run in check mode., support: full}
  diff_mode: {description: Can show a difference., support: full}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Let the milter judge every client
  postfix_parameters:
    parameters:
      smtpd_milters: unix:ptrgate/milter.sock
      milter_default_action: tempfail
    services:
      hold/unix: "- - y - - smtp"
    overrides:
      smtp/inet/smtpd_hard_error_limit: null
  notify: Reload Postfix
"""

RETURN = r"""
names:
  description: [What was changed.]
  type: list
  elements: str
  returned: always
  sample: [smtpd_milters, hold/unix]
restart:
  description: [Whether something was changed that Postfix heeds at its start alone.]
  type: bool
  returned: always
edited:
  description: [Files that somebody else has edited since the first run.]
  type: list
  elements: str
  returned: when O(state=previous)
  sample: [main.cf]
"""

import shutil
import traceback
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ENGINE_ERROR = ""
try:
    from ansible.module_utils.ptrgate.releases import postconf
    from ansible.module_utils.ptrgate.releases.originals import FILES, Originals
    from ansible.module_utils.ptrgate.releases.postconf import KINDS, Row, Values
except ImportError:  # the Python is older than 3.11
    ENGINE_ERROR = traceback.format_exc()

ARGUMENT_SPEC = {
    "state": {"type": "str", "choices": ["present", "previous"], "default": "present"},
    "parameters": {"type": "dict", "default": {}},
    "optional": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "dict", "default": {}},
    "overrides": {"type": "dict", "default": {}},
    "restore": {"type": "list", "elements": "str", "default": []},
    "record": {"type": "path", "default": "/var/lib/ptrgate/postfix-previous.json"},
}


class Module(AnsibleModule):  # type: ignore[misc] # it has no types
    """The module, with the one way in which it runs commands."""

    def printed(self, words: list[str]) -> str:
        """Return what a command prints that must succeed."""
        return str(self.run_command(words, check_rc=True)[1])


def wanted(module: Module, kind: str) -> Values:
    """Return what is asked for, by name; services to be restored are among it."""
    asked = module.params[kind]
    if kind == "services":
        known = postconf.remembered(Path(module.params["record"]))
        asked = {name: known[name] for name in module.params["restore"] if name in known} | asked
    return postconf.asked(asked)


def lines(values: Values) -> str:
    """Return values as lines for a diff."""
    shown = {name: "(not set)" if value is None else value for name, value in values.items()}
    return "".join(f"{name} = {value}\n" for name, value in sorted(shown.items()))


def originals(module: Module) -> Originals:
    """Return the kept files of this Postfix."""
    conf = module.printed(["postconf", "-h", "config_directory"]).strip()
    return Originals(Path(module.params["record"]), Path(conf))


def kind_of(name: str) -> str:
    """Return which option a recorded name belongs to."""
    return ("parameters", "services", "overrides")[min(name.count("/"), 2)]


def former(module: Module) -> list[Row]:
    """Return the rows that take back what earlier runs did."""
    known = postconf.remembered(Path(module.params["record"]))
    now = {kind: postconf.found(module.printed, kind) for kind in KINDS} if known else {}
    rows = [(kind_of(name), name, value) for name, value in known.items()]
    return [Row(kind, name, now[kind].get(name), value) for kind, name, value in rows]


def back(module: Module) -> dict[str, object]:
    """Take back what earlier runs did; return what the module tells."""
    if not Path(module.params["record"]).exists():
        return {**told([]), "edited": []}
    rows, kept = [row for row in former(module) if row.now != row.wanted], originals(module)
    whole = kept.untouched()
    if not module.check_mode:
        edited = [row for row in rows if file_of(row) not in whole]
        # options of a service before the service, which was recorded with those it had
        for words in postconf.together(sorted(edited, key=lambda row: -row.name.count("/"))):
            module.printed(words)
        for name in whole:
            kept.put_back(name)
        kept.forget()
    return {**told(rows), "edited": [name for name in FILES if name not in whole]}


def file_of(row: Row) -> str:
    """Return which file a row stands in."""
    return "main.cf" if row.kind == "parameters" else "master.cf"


def told(differing: list[Row]) -> dict[str, object]:
    """Return what the module says of rows that differ."""
    return {
        "changed": bool(differing),
        "names": [row.name for row in differing],
        "restart": any(row.name in postconf.ONLY_AT_START for row in differing),
        "diff": {
            "before": lines({row.name: row.now for row in differing}),
            "after": lines({row.name: row.wanted for row in differing}),
        },
    }


def compare(module: Module) -> list[Row]:
    """Return everything that is asked for, with what it has now."""
    installed = shutil.which("postconf") is not None
    if not installed and not module.check_mode:
        module.fail_json(msg="Postfix is not installed on this host: install the package postfix.")
    printed, optional = module.printed, module.params["optional"]
    skipped = postconf.unknown(printed, optional) if installed else set()
    rows = []
    for kind in KINDS:
        now = postconf.found(printed, kind) if installed else {}
        asked = wanted(module, kind)
        rows += [Row(kind, x, now.get(x), asked[x]) for x in asked if x not in skipped]
    return rows


def change(module: Module) -> dict[str, object]:
    """Compare, remember, change; return what the module tells."""
    rows = compare(module)
    differing = [row for row in rows if row.now != row.wanted]
    if not module.check_mode:
        kept = originals(module)
        kept.keep()
        postconf.remember(kept.record, {row.name: row.now for row in rows})
        for words in postconf.together(differing):
            module.printed(words)
        postconf.forget(kept.record, module.params["restore"])
        kept.sign()
    return told(differing)


def main() -> None:
    """Do what is asked."""
    module = Module(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if ENGINE_ERROR:
        module.fail_json(msg="This host's Python is older than 3.11.", exception=ENGINE_ERROR)
    module.exit_json(**(back if module.params["state"] == "previous" else change)(module))


if __name__ == "__main__":
    main()

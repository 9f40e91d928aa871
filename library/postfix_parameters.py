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
    that it can be put back.
  - Does not reload Postfix. Notify a handler that checks first.
  - In check mode on a host without Postfix everything named counts as a change.
options:
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
"""

import json
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "parameters": {"type": "dict", "default": {}},
    "optional": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "dict", "default": {}},
    "overrides": {"type": "dict", "default": {}},
    "restore": {"type": "list", "elements": "str", "default": []},
    "record": {"type": "path", "default": "/var/lib/ptrgate/postfix-previous.json"},
}

Values = dict[str, str | None]  # name -> value; None: not there
KINDS = {"parameters": "", "services": "-M", "overrides": "-P"}  # option -> postconf's mode


def flat(value: object) -> str:
    """Return a value as Postfix means it: white space between words does not count."""
    said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return " ".join(said.split())


def found(module: AnsibleModule, kind: str) -> Values:
    """Return what the files say now, by name."""
    words = ["postconf", KINDS[kind] or "-n"]
    lines = module.run_command(words, check_rc=True)[1].splitlines()
    if kind == "services":
        return dict(service(line) for line in logical(lines))
    return {name.strip(): flat(value) for name, _, value in (x.partition("=") for x in lines)}


def logical(lines: list[str]) -> list[str]:
    """Join continuation lines, which begin with white space."""
    return "\n".join(lines).replace("\n ", " ").splitlines()


def service(line: str) -> tuple[str, str]:
    """Split a line of master.cf into ``name/type`` and the rest."""
    name, kind, rest = line.split(None, 2)
    return f"{name}/{kind}", flat(rest)


def unknown(module: AnsibleModule, names: list[str]) -> set[str]:
    """Return which of the names this Postfix has never heard of."""
    if not names:
        return set()
    said = module.run_command(["postconf", "-d", *names])[1]
    return set(names) - {line.partition("=")[0].strip() for line in said.splitlines()}


def wanted(module: AnsibleModule, kind: str) -> Values:
    """Return what is asked for, by name; services to be restored are among it."""
    asked = module.params[kind]
    if kind == "services":
        known = remembered(Path(module.params["record"]))
        asked = {name: known[name] for name in module.params["restore"] if name in known} | asked
    return {name: None if value is None else flat(value) for name, value in asked.items()}


def command(kind: str, name: str, value: str | None) -> list[str]:
    """Return the call of postconf that gives one name its value."""
    if value is None:
        return ["postconf", f"{KINDS[kind]}X", name]
    if kind == "services":
        value = f"{name.replace('/', ' ')} {value}"
    return ["postconf", KINDS[kind] or "-e", f"{name}={value}"]


def remember(record: Path, seen: Values) -> None:
    """Add what names had when they were first met; what is known already stays.

    All names that are asked for, not only those that differ: else a value that somebody gives one
    of them years later would be taken for what was there before us.
    """
    known = remembered(record)
    if not seen.keys() <= known.keys():
        write(record, seen | known)


def remembered(record: Path) -> Values:
    """Return what names had when they were first met."""
    return dict(json.loads(record.read_text())) if record.exists() else {}


def write(record: Path, values: Values) -> None:
    """Replace the record in one step."""
    new = record.with_name(f".{record.name}.new")
    new.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")
    new.replace(record)


def forget(record: Path, names: list[str]) -> None:
    """Take names out of the record that have their first value again."""
    known = remembered(record)
    if known.keys() & set(names):
        write(record, {name: value for name, value in known.items() if name not in names})


def lines(values: Values) -> str:
    """Return values as lines for a diff."""
    shown = {name: "(not set)" if value is None else value for name, value in values.items()}
    return "".join(f"{name} = {value}\n" for name, value in sorted(shown.items()))


def compare(module: AnsibleModule) -> list[tuple[str, str, str | None, str | None]]:
    """Return kind, name, value now and value wanted of everything that is asked for."""
    installed = shutil.which("postconf") is not None
    if not installed and not module.check_mode:
        module.fail_json(msg="Postfix is not installed on this host: install the package postfix.")
    skipped = unknown(module, module.params["optional"]) if installed else set()
    rows = []
    for kind in KINDS:
        now = found(module, kind) if installed else {}
        asked = wanted(module, kind)
        rows += [(kind, name, now.get(name), asked[name]) for name in asked if name not in skipped]
    return rows


def main() -> None:
    """Compare, remember, change."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    rows = compare(module)
    differing = [row for row in rows if row[2] != row[3]]
    if not module.check_mode:
        remember(Path(module.params["record"]), {name: now for _, name, now, _ in rows})
        for kind, name, _, value in differing:
            module.run_command(command(kind, name, value), check_rc=True)
        forget(Path(module.params["record"]), module.params["restore"])
    before: Values = {name: now for _, name, now, _ in differing}
    after: Values = {name: value for _, name, _, value in differing}
    diff = {"before": lines(before), "after": lines(after)}
    module.exit_json(changed=bool(differing), names=[row[1] for row in differing], diff=diff)


if __name__ == "__main__":
    main()

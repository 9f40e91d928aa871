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
edited:
  description: [Files that somebody else has edited since the first run.]
  type: list
  elements: str
  returned: when O(state=previous)
  sample: [main.cf]
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "state": {"type": "str", "choices": ["present", "previous"], "default": "present"},
    "parameters": {"type": "dict", "default": {}},
    "optional": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "dict", "default": {}},
    "overrides": {"type": "dict", "default": {}},
    "restore": {"type": "list", "elements": "str", "default": []},
    "record": {"type": "path", "default": "/var/lib/ptrgate/postfix-previous.json"},
}

FILES = ("main.cf", "master.cf")

Values = dict[str, str | None]  # name -> value; None: not there
Row = tuple[str, str, str | None, str | None]  # kind, name, value now, value wanted
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
        return ["postconf", f"{KINDS[kind] or '-'}X", name]
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


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def place(module: AnsibleModule) -> Path:
    """Return the directory of main.cf and master.cf."""
    return Path(
        module.run_command(["postconf", "-h", "config_directory"], check_rc=True)[1].strip()
    )


def kept(record: Path) -> Path:
    """Return the directory that keeps both files as they were before the first change."""
    return record.with_suffix("")


def left(record: Path) -> Values:
    """Return the digest of each file as we left it; None: somebody else has edited it since."""
    file = kept(record) / "left.json"
    return dict(json.loads(file.read_text())) if file.exists() else dict.fromkeys(FILES)


def keep(record: Path, conf: Path) -> None:
    """Keep both files before the first change; later, note which ones others have edited."""
    if not record.exists():
        kept(record).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FILES:
            shutil.copy2(conf / name, kept(record) / name)
        sign(record, conf, dict.fromkeys(FILES, ""))
    elif kept(record).exists():
        was = left(record)
        sign(record, conf, {x: "" if was[x] == digest(conf / x) else None for x in FILES})


def sign(record: Path, conf: Path, ours: Values) -> None:
    """Note how we leave the files that are ours alone (not None)."""
    said = {x: None if ours[x] is None else digest(conf / x) for x in FILES}
    if said != left(record):
        write(kept(record) / "left.json", said)


def untouched(record: Path, conf: Path) -> list[str]:
    """Return the files that are just as we left them."""
    was = left(record)
    return [name for name in FILES if was[name] == digest(conf / name)]


def put_back(record: Path, conf: Path, name: str) -> None:
    """Give a file its former content, mode and owner in one step."""
    old, new = kept(record) / name, conf / f".{name}.new"
    shutil.copy2(old, new)
    os.chown(new, old.stat().st_uid, old.stat().st_gid)
    new.replace(conf / name)


def kind_of(name: str) -> str:
    """Return which option a recorded name belongs to."""
    return ("parameters", "services", "overrides")[min(name.count("/"), 2)]


def former(module: AnsibleModule) -> list[Row]:
    """Return the rows that take back what earlier runs did."""
    known = remembered(Path(module.params["record"]))
    now: dict[str, Values] = {kind: found(module, kind) for kind in KINDS} if known else {}
    rows = [(kind_of(name), name, value) for name, value in known.items()]
    return [(kind, name, now[kind].get(name), value) for kind, name, value in rows]


def back(module: AnsibleModule) -> dict[str, object]:
    """Take back what earlier runs did; return what the module tells."""
    record = Path(module.params["record"])
    rows = [row for row in former(module) if row[2] != row[3]]
    conf = place(module) if record.exists() else Path()
    whole = untouched(record, conf) if record.exists() else []
    if not module.check_mode and record.exists():
        # options of a service before the service, which was recorded with those it had
        for kind, name, _, value in sorted(rows, key=lambda row: -row[1].count("/")):
            if {"parameters": "main.cf"}.get(kind, "master.cf") not in whole:
                module.run_command(command(kind, name, value), check_rc=True)
        for name in whole:
            put_back(record, conf, name)
        record.unlink()
        shutil.rmtree(kept(record), ignore_errors=True)
    edited = [name for name in FILES if name not in whole] if conf != Path() else []
    return {**told(rows), "edited": edited}


def told(differing: list[Row]) -> dict[str, object]:
    """Return what the module says of rows that differ."""
    before: Values = {name: now for _, name, now, _ in differing}
    after: Values = {name: value for _, name, _, value in differing}
    return {
        "changed": bool(differing),
        "names": [row[1] for row in differing],
        "diff": {"before": lines(before), "after": lines(after)},
    }


def compare(module: AnsibleModule) -> list[Row]:
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


def change(module: AnsibleModule) -> dict[str, object]:
    """Compare, remember, change; return what the module tells."""
    rows = compare(module)
    differing = [row for row in rows if row[2] != row[3]]
    if not module.check_mode:
        record, conf = Path(module.params["record"]), place(module)
        keep(record, conf)
        ours = left(record)
        remember(record, {name: now for _, name, now, _ in rows})
        for kind, name, _, value in differing:
            module.run_command(command(kind, name, value), check_rc=True)
        forget(record, module.params["restore"])
        if kept(record).exists():
            sign(record, conf, ours)
    return told(differing)


def main() -> None:
    """Do what is asked."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.exit_json(**(back if module.params["state"] == "previous" else change)(module))


if __name__ == "__main__":
    main()

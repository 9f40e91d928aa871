# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter ``submission_plan``: the operator's users -> one row a user, mistakes included."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: submission_plan
short_description: Say of every user which senders and limits are his, without his password
version_added: "0.1"
author: PTRgate
description:
  - A user is a mapping with C(name), C(password) or C(hash), and if wanted C(senders) and
    C(limits).
options:
  _input:
    description: The users.
    type: list
    elements: dict
    required: true
  own:
    description: Whether a user writes from addresses of his own only.
    type: bool
    required: true
  elsewhere:
    description: Whether somebody else keeps the passwords.
    type: bool
    required: true
"""

EXAMPLES = r"""
- name: Say who may submit mail
  ansible.builtin.debug:
    msg: "{{ [{'name': 'jane@example.org', 'hash': '$y$j9T$...'}] | submission_plan(true, false) }}"
"""

RETURN = r"""
_value:
  description:
    - C(name), C(senders) (addresses and @domains), C(limits) (recipients by window, or none) and
      C(wrong), a sentence, empty if nothing is wrong.
  type: list
  elements: dict
"""

KEYS = {"name", "password", "hash", "senders", "limits"}
WINDOWS = ("minute", "hour", "day")
LEAST = 12  # characters of a password that the whole Internet may guess at
DOMAIN = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
NAME = re.compile(rf"[a-z0-9_][a-z0-9._+-]*(@{DOMAIN})?")
SENDER = re.compile(rf"[^\s@:#,\"]*@{DOMAIN}")
# What crypt(3) of Debian still believes strong; DES and MD5 are not among it.
HASH = re.compile(r"\$(y|gy|7|2[aby]|6|5)\$[^\s:*!\\]{20,}")


def submission_plan(users: Sequence[Any], own: bool, elsewhere: bool) -> list[dict[str, Any]]:
    """Return one row a user, sorted by name; raises nothing, `wrong` says what is."""
    told = [dict(user) if isinstance(user, Mapping) else {"name": user} for user in users]
    names = [str(user.get("name")) for user in told]
    rows = [_row(user, own=own, elsewhere=elsewhere) for user in told]
    for row in rows:
        if not row["wrong"] and names.count(row["name"]) > 1:
            row["wrong"] = "is there twice"
    return sorted(rows, key=lambda row: str(row["name"]))


def limits_wrong(limits: Any) -> str:
    """Say what is wrong with limits, recipients by window; nothing if all is well."""
    if not isinstance(limits, Mapping):
        return "gives limits that are no numbers by window, such as {hour: 100, day: 500}"
    for window, number in limits.items():
        if window not in WINDOWS:
            return f'gives a limit for "{window}"; allowed: {", ".join(WINDOWS)}'
        if not str(number).isdecimal() or int(number) < 1:
            return f'gives the limit "{number}" for a {window}; allowed: 1 or more'
    return ""


def _row(user: Mapping[str, Any], *, own: bool, elsewhere: bool) -> dict[str, Any]:
    name = str(user.get("name"))
    said = user.get("senders") or ([name] if "@" in name else [])
    senders = [str(one).lower() for one in said] if isinstance(said, list | tuple) else []
    wrong = _name_wrong(user, name) or _secret_wrong(user, elsewhere=elsewhere)
    wrong = wrong or _senders_wrong(said, senders, own=own)
    if user.get("limits") is not None:
        wrong = wrong or limits_wrong(user["limits"])
    return {"name": name, "senders": senders, "limits": user.get("limits"), "wrong": wrong}


def _name_wrong(user: Mapping[str, Any], name: str) -> str:
    if not NAME.fullmatch(name):
        return "is no name to log in with; write it in small letters, such as jane@example.org"
    if unknown := sorted(map(str, user.keys() - KEYS)):
        return f"says {', '.join(unknown)}; allowed: {', '.join(sorted(KEYS))}"
    return ""


def _secret_wrong(user: Mapping[str, Any], *, elsewhere: bool) -> str:
    """Say what is wrong with a password, never which it is."""
    given = [key for key in ("password", "hash") if user.get(key)]
    if elsewhere:
        return f"has a {given[0]}, which Dovecot does not read: remove it" if given else ""
    if len(given) != 1:
        return "needs either a password or a hash of one, from a vault"
    if given == ["hash"]:
        weak = not HASH.fullmatch(str(user["hash"]))
        return "has a hash that is none of crypt(5): `mkpasswd` makes one" if weak else ""
    password = str(user["password"])
    if len(password) < LEAST or not password.isprintable():
        return f"has a password of fewer than {LEAST} characters, or with unprintable ones"
    return ""


def _senders_wrong(said: Any, senders: list[str], *, own: bool) -> str:
    if not isinstance(said, list | tuple):
        return f'gives senders "{said}"; allowed: a list of addresses and @domains'
    if bad := [one for one in senders if not SENDER.fullmatch(one)]:
        return f'gives the sender "{bad[0]}"; allowed: jane@example.org, @example.org'
    if own and not senders:
        return "is no address and has no senders, so it could write from none"
    return ""


class FilterModule:
    """What Ansible asks a filter plugin for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"submission_plan": submission_plan}

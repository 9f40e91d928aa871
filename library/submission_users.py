#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the users of submission and the hashes of their passwords in one file."""

from __future__ import annotations

DOCUMENTATION = r"""
module: submission_users
short_description: Keep users and the hashes of their passwords in one file
description:
  - Writes C(name:hash) lines, as C(pam_pwdfile) reads them, and nobody else but them.
  - A password is hashed on the managed host by its C(crypt(3)), with the method that Debian itself
    prefers. It is on no command line and in no output, and a hash that fits stays as it is.
options:
  path:
    description: [The file. The directory must be there.]
    type: path
    required: true
  users:
    description:
      - Users with C(name) and either C(password) or C(hash); their C(senders) and C(limits) are the
        business of others.
      - Empty, the file is removed.
    type: list
    elements: dict
    required: true
  group:
    description: [The group that may read it.]
    type: str
    default: root
attributes:
  check_mode: {description: Can run in check mode., support: full}
  diff_mode: {description: Can show a difference., support: full,
    details: [Names of users only.]}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Say who may submit mail
  submission_users:
    path: /etc/postfix/sasl/ptrgate.passwd
    group: ptrgate-auth
    users:
      - {name: jane@example.org, password: "{{ vault_jane }}"}
"""

RETURN = r"""
names:
  description: [The users that are new, gone, or have another password.]
  type: list
  elements: str
  returned: always
  sample: [jane@example.org]
"""

import ctypes
import grp
import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

USER = {
    "name": {"type": "str", "required": True},
    "password": {"type": "str", "no_log": True},
    "hash": {"type": "str", "no_log": True},
    "senders": {"type": "list", "elements": "str"},
    "limits": {"type": "dict"},
}
ARGUMENT_SPEC = {
    "path": {"type": "path", "required": True},
    "users": {"type": "list", "elements": "dict", "required": True, "options": USER},
    "group": {"type": "str", "default": "root"},
}
MODE = 0o640

Hashes = dict[str, str]  # name -> hash


class Crypt:
    """The host's crypt(3): Python's own module is gone in 3.13."""

    def __init__(self) -> None:
        """Load it; Debian always has it."""
        library = ctypes.CDLL("libcrypt.so.1")
        self._crypt, self._gensalt = library.crypt, library.crypt_gensalt
        self._crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        self._gensalt.argtypes = [ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_int]
        self._crypt.restype = self._gensalt.restype = ctypes.c_char_p

    def fits(self, password: str, known: str) -> bool:
        """Tell whether a hash is that of a password."""
        return bool(known) and self._crypted(password, known.encode()) == known

    def made(self, password: str) -> str:
        """Return a new hash by the method that the host prefers, with its own randomness."""
        return self._crypted(password, self._gensalt(None, 0, None, 0))

    def _crypted(self, password: str, setting: bytes) -> str:
        return (self._crypt(password.encode(), setting) or b"").decode()


def found(path: Path) -> Hashes:
    """Return what the file says."""
    if not path.exists():
        return {}
    rows = (line.partition(":") for line in path.read_text().splitlines())
    return {name: known for name, _, known in rows}


def wanted(users: list[dict[str, str]], now: Hashes) -> Hashes:
    """Return what it must say; a hash that fits is kept."""
    crypt, hashes = Crypt(), {}
    for user in sorted(users, key=lambda one: one["name"]):
        name, password = user["name"], user.get("password") or ""
        known = now.get(name, "")
        kept = known if password and crypt.fits(password, known) else ""
        hashes[name] = user.get("hash") or kept or crypt.made(password)
    return hashes


def guarded(path: Path, group: int) -> bool:
    """Tell whether the file is readable by root and the group alone."""
    state = path.stat()
    return (state.st_uid, state.st_gid, state.st_mode & 0o7777) == (0, group, MODE)


def group_id(module: AnsibleModule, name: str) -> int:
    """Return a group's number; in check mode it may not be there yet."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        if module.check_mode:
            return -1
        module.fail_json(msg=f"The group {name} is not on this host.")
        raise


def write(path: Path, hashes: Hashes, group: int) -> None:
    """Replace the file in one step; nobody else can read it at any moment."""
    if not hashes:
        path.unlink(missing_ok=True)
        return
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    new.write_text("".join(f"{name}:{known}\n" for name, known in hashes.items()))
    os.chown(new, 0, group)
    new.chmod(MODE)
    new.replace(path)


def main() -> None:
    """Compare, write."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    path, users = Path(module.params["path"]), module.params["users"]
    now = found(path)
    hashes = wanted(users, now)
    if "" in hashes.values() or any(one.startswith("*") for one in hashes.values()):
        module.fail_json(msg="This host's crypt(3) makes no hash of one of the passwords.")
    group = group_id(module, module.params["group"]) if users else 0
    names = sorted(n for n in now.keys() | hashes.keys() if now.get(n) != hashes.get(n))
    changed = bool(names) or (bool(hashes) and not guarded(path, group))
    if changed and not module.check_mode:
        write(path, hashes, group)
    diff = {
        "before": "".join(f"{name}\n" for name in now),
        "after": "".join(f"{n}{' (password)' * (n in now and n in names)}\n" for n in hashes),
    }
    module.exit_json(changed=changed, names=names, diff=diff)


if __name__ == "__main__":
    main()

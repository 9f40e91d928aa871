#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put one release of PTRgate onto a host and make it the current one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Put one release of PTRgate onto a host and make it the current one
description:
  - A release is a directory O(root)C(/releases/HASH) that holds the code, the units and the files
    rendered for this host, with a C(MANIFEST) of every file's SHA-256, mode and path. HASH is that
    of the MANIFEST, so the same content always has the same name.
  - O(root)C(/current) is a link to the release in use; it is replaced by rename(2), so that a
    reader sees
    the old release or the new one and never a half of each.
  - Which release came into use when is written to O(root)C(/history), which says where
    C(ptrgate release back) leads.
  - Looks at every file of the current release. One that was edited, removed, added or given
    another mode
    or owner by hand counts as a change and is put right.
  - A release that O(validate) refuses never becomes current.
options:
  root:
    description: [The directory that holds C(releases/) and C(current).]
    type: path
    default: /usr/lib/ptrgate
  code:
    description: [The code as a gzipped tar archive in base64, as the filter
      P(code_archive#filter) makes it.]
    type: str
    required: true
  files:
    description: [Further files of this host's release, path to content.]
    type: dict
    default: {}
  private:
    description: [Paths in O(files) that nobody but root may read.]
    type: list
    elements: str
    default: []
  use:
    description:
      - Whether the release becomes current. If not it only lies there, until C(ptrgate release to)
        puts it into use.
    type: bool
    default: true
  validate:
    description:
      - A command that must succeed before the release becomes current.
      - C(%s) in it stands for the release's directory.
    type: list
    elements: str
    default: []
  keep:
    description: [How many releases to keep, the current one included. It and the one before it
      always stay.]
    type: int
    default: 5
attributes:
  check_mode: {description: Can run in check mode., support: full, details: [O(validate) is not
    run then.]}
  diff_mode: {description: Can show a difference., support: full, details: [Of O(files), those that
    everybody may read are shown with their content.]}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Put the release in place
  release:
    code: "{{ (playbook_dir ~ '/../src') | code_archive }}"
    files:
      policy.toml: "{{ lookup('ansible.builtin.template', 'policy.toml.j2') }}"
    validate: [/usr/bin/python3, "%s/check.py"]
"""

RETURN = r"""
release:
  description: [The hash that names the release.]
  type: str
  returned: always
  sample: 3f9c2a7d51e0
previous:
  description: [The hash of the release that was current before, empty if there was none.]
  type: str
  returned: always
  sample: 07be1c44a9d3
differences:
  description: [What was not as it should be, one sentence each.]
  type: list
  elements: str
  returned: always
  sample: [policy.toml differs]
"""

import base64
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.ptrgate.releases.history import Why, note, prune
except ImportError:  # in a test it is a package like others
    from ptrgate.releases.history import Why, note, prune

ARGUMENT_SPEC = {
    "root": {"type": "path", "default": "/usr/lib/ptrgate"},
    "code": {
        "type": "str",
        "required": True,
        "no_log": True,
    },  # long, not secret: keep it off the log
    "files": {"type": "dict", "default": {}},
    "private": {"type": "list", "elements": "str", "default": []},
    "use": {"type": "bool", "default": True},
    "validate": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "int", "default": 5},
}

Tree = dict[str, tuple[bytes, int]]  # path below the release -> content, mode


class Refused(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """The release was judged unfit before it became current."""


def planned(code: str, files: dict[str, str], private: list[str]) -> Tree:
    """Return every file of the release, its MANIFEST included."""
    modes = dict.fromkeys(private, 0o600)
    tree: Tree = {path: (text.encode(), modes.get(path, 0o644)) for path, text in files.items()}
    data = gzip.decompress(base64.b64decode(code))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is not None:
                tree[member.name] = (content.read(), member.mode)
    lines = [f"{digest(body)} {mode:04o} {path}\n" for path, (body, mode) in sorted(tree.items())]
    tree["MANIFEST"] = ("".join(lines).encode(), 0o644)
    return tree


def digest(content: bytes) -> str:
    """Return the SHA-256 of the content in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def present(directory: Path) -> set[str]:
    """Return the paths of what lies in a release; Python's byte code is not part of it."""
    found = (path.relative_to(directory) for path in directory.rglob("*"))
    return {
        str(path)
        for path in found
        if "__pycache__" not in path.parts
        and ((directory / path).is_symlink() or not (directory / path).is_dir())
    }


def fault(path: Path, content: bytes, mode: int) -> str | None:
    """Say what is wrong with one file of a release, or None."""
    if path.is_symlink() or not path.is_file():
        return "is missing"
    if path.read_bytes() != content:
        return "differs"
    status = path.stat()
    if status.st_mode & 0o7777 != mode:
        return f"has mode {status.st_mode & 0o7777:04o} instead of {mode:04o}"
    owner = (status.st_uid, status.st_gid)
    return None if owner == (os.geteuid(), os.getegid()) else "belongs to somebody else"


def differences(directory: Path, tree: Tree) -> dict[str, str]:
    """Return path -> what is wrong, for every file that is not as planned."""
    wrong = {path: fault(directory / path, *plan) for path, plan in tree.items()}
    found = {path: words for path, words in wrong.items() if words is not None}
    return found | dict.fromkeys(present(directory) - tree.keys(), "does not belong to the release")


def contents(directory: Path, tree: Tree, paths: Iterable[str]) -> list[dict[str, str]]:
    """Return a difference for each of these files that everybody may read."""
    rows = []
    for path in sorted(path for path in paths if path in tree and tree[path][1] & 0o004):
        there = directory / path
        before = there.read_text(errors="replace") if there.is_file() else ""
        after = tree[path][0].decode()
        headers = {"before_header": path, "after_header": path}
        rows.append({"before": before, "after": after, **headers})
    return rows


def write(directory: Path, tree: Tree, paths: dict[str, str]) -> None:
    """Make the named files as planned, each by rename(2); remove what is not planned."""
    for name in paths:
        path = directory / name
        path.unlink(missing_ok=True) if name not in tree else put(path, *tree[name])


def put(path: Path, content: bytes, mode: int) -> None:
    """Write one file so that a reader sees the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.chmod(mode)
    new.replace(path)


def check(directory: Path, command: list[str]) -> None:
    """Raise Refused with the command's own words if it does not accept the release."""
    if not command:
        return
    argv = [word.replace("%s", str(directory)) for word in command]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused((done.stderr or done.stdout).strip() or f"{argv[0]} ended {done.returncode}")


def install(root: Path, name: str, tree: Tree, command: list[str]) -> None:
    """Assemble the release beside its place, have it checked, and move it there."""
    place, new = root / "releases" / name, root / "releases" / f".{name}.new"
    if place.is_dir():
        return write(place, tree, differences(place, tree))
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o755)
    write(new, tree, differences(new, tree))
    try:
        check(new, command)
    except Refused:
        shutil.rmtree(new)
        raise
    new.rename(place)
    return None


def switch(root: Path, name: str) -> None:
    """Point ``current`` at the release in one step."""
    new = root / ".current.new"
    new.unlink(missing_ok=True)
    new.symlink_to(f"releases/{name}")
    new.replace(root / "current")


def current(root: Path) -> str:
    """Return the name of the release in use, or nothing."""
    link = root / "current"
    return link.readlink().name if link.is_symlink() else ""


def put_to_use(root: Path, before: str, name: str, keep: int) -> None:
    """Make the release current, write that down, and remove what is too old."""
    switch(root, name)
    if name != before:
        note(root, before, name, Why.FORWARD)
    prune(root, name, keep)


def main() -> None:
    """Compare, and if anything differs assemble, check and switch."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    asked = module.params
    root = Path(asked["root"])
    tree = planned(asked["code"], asked["files"], asked["private"])
    name = digest(tree["MANIFEST"][0])[:12]
    before = current(root)
    wrong = differences(root / "releases" / name, tree)
    told = wrong if before in ("", name) else differences(root / "releases" / before, tree)
    changed = bool(wrong) or (asked["use"] and before != name)
    texts = contents(root / "releases" / before, tree, told.keys() & asked["files"].keys())
    if changed and not module.check_mode:
        try:
            install(root, name, tree, asked["validate"])
        except Refused as refused:
            module.fail_json(msg=f"This release was not put into use: {refused}", release=name)
        if asked["use"]:
            put_to_use(root, before, name, asked["keep"])
    words = [f"{path} {what}" for path, what in sorted(told.items())]
    names = {"before": "\n".join([before, *words, ""]), "after": f"{name}\n"}
    diff = [names, *texts] if changed else []
    module.exit_json(changed=changed, release=name, previous=before, differences=words, diff=diff)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write files of a role where the host reads them, or take them away."""

from __future__ import annotations

DOCUMENTATION = r"""
module: settings
short_description: Write files of a role where the host reads them, or take them away
description:
  - What M(ansible.builtin.template) does file by file, for all of them in one question to the host.
    What stands there with other content, another owner or mode counts as a change and is put
    right, each file by rename(2). They belong to root.
  - In check mode on a host that has not the group yet, its files are as they would be without it.
  - A text ends with one line's end, as in a release.
options:
  files:
    description: [Path to content.]
    type: dict
    default: {}
  private:
    description: [Those of them that not everybody may read; their content is not shown.]
    type: list
    elements: path
    default: []
  group:
    description: [Who besides root may read the private ones.]
    type: str
    default: root
  gone:
    description: [Files that are not to be there.]
    type: list
    elements: path
    default: []
attributes:
  check_mode: {description: Can run in check mode., support: full}
  diff_mode: {description: Can show a difference., support: full}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Say where mail goes
  settings:
    files:
      /etc/postfix/ptrgate_next_hops: "example.org smtp:[mx.example.org]"
"""

RETURN = r"""
names:
  description: [The files that were not as they should be.]
  type: list
  elements: str
  returned: always
  sample: [/etc/postfix/ptrgate_next_hops]
"""

import grp
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.ptrgate.releases.placed import Placed, ours, place, standing, wanted
except ImportError:  # in a test it is a package like others
    from ptrgate.releases.placed import Placed, ours, place, standing, wanted

ARGUMENT_SPEC = {
    "files": {"type": "dict", "default": {}},
    "private": {"type": "list", "elements": "path", "default": []},
    "group": {"type": "str", "default": "root"},
    "gone": {"type": "list", "elements": "path", "default": []},
}


def readers(module: AnsibleModule) -> int:
    """Return the group's number; in check mode, where it need not be there yet, perhaps ours."""
    group: str = module.params["group"]
    own: int = ours()[1]
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        if not module.check_mode:
            module.fail_json(msg=f"there is no group {group} on this host")
        return own


def aims(params: dict[str, Any], group: int) -> list[Placed]:
    """Return how the files are to stand."""
    files = {Path(path): text for path, text in params["files"].items()}
    private = {Path(path) for path in params["private"]}
    user, own = ours()
    mode = 0o600 if group == own else 0o640
    return [
        wanted(path, text, mode)._replace(owner=(user, group))
        if path in private
        else wanted(path, text)
        for path, text in files.items()
    ]


def differing(aims: Iterable[Placed]) -> list[Placed]:
    """Return those that do not stand so."""
    return [aim for aim in aims if standing([aim.path]) != (aim,)]


def main() -> None:
    """Compare, and put right what differs."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wrong = differing(aims(module.params, readers(module)))
    left = [path for path in map(Path, module.params["gone"]) if os.path.lexists(path)]
    before = standing([*(one.path for one in wrong), *left])
    if not module.check_mode:
        place(wrong)
        for path in left:
            path.unlink()
    module.exit_json(
        changed=bool(wrong or left),
        names=[str(path) for path in [*(one.path for one in wrong), *left]],
        diff={
            "before": "".join(one.said() for one in before),
            "after": "".join(one.said() for one in wrong),
        },
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put files of the current release where the host reads them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: settings
short_description: Put files of the current release where the host reads them
description:
  - A release carries what the roles say below C(etc/); this copies some of it to C(/etc), all in
    one question to the host. What stands there with other content, another owner or mode counts as
    a change and is put right, each file by rename(2).
  - They belong to root and have the mode that they have in the release.
  - In check mode on a host without the release every file counts as a change. On a host with an
    older release it is compared with that; what a new one would change, M(release) says.
options:
  files:
    description: [Paths below the release, such as C(etc/postfix/main.cf).]
    type: list
    elements: str
    required: true
  release:
    description: [The release.]
    type: path
    default: /usr/lib/ptrgate/current
  root:
    description: [The directory that C(etc/) is below.]
    type: path
    default: /
attributes:
  check_mode: {description: Can run in check mode., support: full}
  diff_mode: {description: Can show a difference., support: full, details: [What not everybody may
    read is named without content.]}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Say where mail goes
  settings:
    files: [etc/postfix/ptrgate_next_hops]
"""

RETURN = r"""
names:
  description: [The files that were not as they should be.]
  type: list
  elements: str
  returned: always
  sample: [/etc/postfix/ptrgate_next_hops]
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.ptrgate.releases.placed import Placed, place, standing, wanted
except ImportError:  # in a test it is a package like others
    from ptrgate.releases.placed import Placed, place, standing, wanted

ARGUMENT_SPEC = {
    "files": {"type": "list", "elements": "str", "required": True},
    "release": {"type": "path", "default": "/usr/lib/ptrgate/current"},
    "root": {"type": "path", "default": "/"},
}


def differing(names: list[str], release: Path, root: Path) -> dict[Path, Placed | None]:
    """Return of each file that is not as the release has it how it is to stand, None if unknown."""
    aims = {root / name: aim(release / name, root / name) for name in names}
    return {
        path: goal for path, goal in aims.items() if goal is None or standing([path]) != (goal,)
    }


def aim(source: Path, path: Path) -> Placed | None:
    """Return how a file is to stand; None where the release is not there yet."""
    return wanted(source, path) if source.is_file() else None


def main() -> None:
    """Compare, and put right what differs."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    asked = module.params
    release = Path(asked["release"])
    wrong = differing(asked["files"], release, Path(asked["root"]))
    if not module.check_mode and (missing := [str(path) for path in wrong if not wrong[path]]):
        module.fail_json(msg=f"the release at {release} has no {', '.join(missing)}")
    goals = [goal for goal in wrong.values() if goal]
    before = standing(goal.path for goal in goals)
    if not module.check_mode:
        place(goals)
    module.exit_json(
        changed=bool(wrong),
        names=[str(path) for path in wrong],
        diff={
            "before": "".join(one.said() for one in before),
            "after": "".join(one.said() for one in goals),
        },
    )


if __name__ == "__main__":
    main()

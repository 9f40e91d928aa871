#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write files of a role where the host reads them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: settings
short_description: Write files of a role where the host reads them
description:
  - What M(ansible.builtin.template) does file by file, for all of them in one question to the host.
    What stands there with other content, another owner or mode counts as a change and is put
    right, each file by rename(2). They belong to root.
  - A text ends with one line's end, as in a release.
options:
  files:
    description: [Path to content.]
    type: dict
    required: true
  private:
    description: [Those of them that nobody but root may read; their content is not shown.]
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

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

try:
    from ansible.module_utils.ptrgate.releases.placed import Placed, place, standing, wanted
except ImportError:  # in a test it is a package like others
    from ptrgate.releases.placed import Placed, place, standing, wanted

ARGUMENT_SPEC = {
    "files": {"type": "dict", "required": True},
    "private": {"type": "list", "elements": "path", "default": []},
}


def differing(files: dict[str, str], private: list[str]) -> list[Placed]:
    """Return how those files are to stand that do not stand so."""
    modes = dict.fromkeys(private, 0o600)
    aims = [wanted(Path(path), text, modes.get(path, 0o644)) for path, text in files.items()]
    return [aim for aim in aims if standing([aim.path]) != (aim,)]


def main() -> None:
    """Compare, and put right what differs."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    wrong = differing(module.params["files"], module.params["private"])
    before = standing(one.path for one in wrong)
    if not module.check_mode:
        place(wrong)
    module.exit_json(
        changed=bool(wrong),
        names=[str(one.path) for one in wrong],
        diff={
            "before": "".join(one.said() for one in before),
            "after": "".join(one.said() for one in wrong),
        },
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what a Postfix that somebody else configured does with strangers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postfix_info
short_description: Tell what a Postfix that somebody else configured does with strangers
description:
  - Finds the services of C(master.cf) where strangers arrive, with the milters they ask. Behind
    postscreen(8) that is the C(smtpd) which it hands clients to. Submission is none of them.
  - Finds what answers strangers before a milter can, and whom Postfix trusts.
  - Reports and never judges. On a host without Postfix everything is empty.
options:
  milter:
    description: [Our own milter, which is left out of those that are asked.]
    type: str
    default: unix:ptrgate/milter.sock
  probe:
    description: [Our own listener for probes.]
    type: str
    default: 127.0.0.1:10026/inet
  record:
    description: [The file that P(postfix_parameters#module) remembers the values in that it found.]
    type: path
    default: /var/lib/ptrgate/postfix-previous.json
attributes:
  check_mode: {description: Can run in check mode., support: full, details: [Only reads.]}
  diff_mode: {description: Can show a difference., support: none}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Look at the Postfix that is there
  postfix_info:
  register: __found
"""

RETURN = r"""
listeners:
  description: [Where strangers arrive, and the other milters there, as one value for C(-o).]
  type: list
  elements: dict
  returned: always
  sample: [{service: smtp/inet, milters: "inet:127.0.0.1:8891"}]
mynetworks:
  description: [Networks that Postfix trusts; lookup tables are left out.]
  type: list
  elements: str
  returned: always
  sample: [127.0.0.0/8, 198.51.100.0/28]
earlier:
  description: [Restrictions that refuse strangers for their reverse DNS or a list before a milter.]
  type: list
  elements: str
  returned: always
  sample: ["smtpd_client_restrictions: reject_unknown_client_hostname"]
taken:
  description: [What stands at O(probe) in C(master.cf), if it is not ours; else nothing.]
  type: str
  returned: always
  sample: n - y - - smtpd -o content_filter=
whole:
  description: [Whether the whole of Postfix was configured by the role, not only the milter.]
  type: bool
  returned: always
"""

import json
import re
import shutil
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "milter": {"type": "str", "default": "unix:ptrgate/milter.sock"},
    "probe": {"type": "str", "default": "127.0.0.1:10026/inet"},
    "record": {"type": "path", "default": "/var/lib/ptrgate/postfix-previous.json"},
}
PORT_25 = re.compile(r"(?:.*:)?(?:smtp|25)/inet")
EARLIER = re.compile(
    r"reject_unknown_(?:(?:reverse_)?client_hostname|client)|reject_(?:rbl|rhsbl)_\w+ \S+"
)
STAGES = ("client", "helo", "sender", "relay", "recipient", "data")

Services = dict[str, list[str]]  # "name/type" -> the command and its arguments


def services(said: str) -> Services:
    """Return what ``postconf -M`` lists."""
    rows = (line.split() for line in said.replace("\n ", " ").splitlines())
    return {f"{row[0]}/{row[1]}": row[7:] for row in rows}


def strangers(known: Services) -> list[str]:
    """Return the services that speak with strangers."""
    doors = [name for name in known if PORT_25.fullmatch(name) and not loopback(name)]
    screened = any(known[name][0] == "postscreen" for name in doors)
    behind = [name for name in known if name.endswith("/pass") and known[name][0] == "smtpd"]
    return [name for name in doors if known[name][0] == "smtpd"] + (behind if screened else [])


def loopback(name: str) -> bool:
    """Tell whether nobody but this host itself arrives at a service."""
    return name.startswith(("127.", "[::1]", "localhost:"))


def elements(value: str) -> list[str]:
    """Return the elements of a list of milters as ``-o`` takes them: without white space."""
    found = re.findall(r"\{[^}]*\}|[^\s,{}]+", re.sub(r"\s*=\s*", "=", value))
    return [re.sub(r"[\s,]+", ",", one).replace("{,", "{").replace(",}", "}") for one in found]


def others(value: str, milter: str) -> str:
    """Return a list of milters without ours."""
    own = re.compile(rf"\{{?{re.escape(milter)}(?:,.*)?\}}?")
    return ",".join(one for one in elements(value) if not own.fullmatch(one))


def milters(module: AnsibleModule, service: str, first: dict[str, str | None]) -> str:
    """Return the other milters that a service asks.

    If its list was main.cf's when we came, main.cf's of today counts: it may have grown.
    """
    option = f"{service}/smtpd_milters"
    own = module.run_command(["postconf", "-P", option])[1].partition("=")[2].strip()
    general = module.run_command(["postconf", "-h", "smtpd_milters"])[1].strip()
    listed = general if first.get(option, own or None) is None else own
    return others(listed, module.params["milter"])


def networks(said: str) -> Iterator[str]:
    """Yield the networks of a value of mynetworks."""
    for word in re.split(r"[\s,]+", said.strip()):
        bare = word.replace("[", "").replace("]", "")
        try:
            yield str(ip_network(bare, strict=False))
        except ValueError:
            continue


def earlier(module: AnsibleModule) -> list[str]:
    """Return the restrictions that may answer a stranger before a milter does."""
    names = [f"smtpd_{stage}_restrictions" for stage in STAGES]
    said = module.run_command(["postconf", "-x", *names])[1]
    rows = (line.partition("=") for line in said.splitlines())
    return [f"{name.strip()}: {x}" for name, _, value in rows for x in EARLIER.findall(value)]


def look(module: AnsibleModule) -> dict[str, object]:
    """Return everything there is to tell."""
    record = Path(module.params["record"])
    first = dict(json.loads(record.read_text())) if record.exists() else {}
    known = services(module.run_command(["postconf", "-M"], check_rc=True)[1])
    probe = module.params["probe"]
    ours = first.get(probe, "") is None
    return {
        "listeners": [
            {"service": name, "milters": milters(module, name, first)} for name in strangers(known)
        ],
        "mynetworks": [*networks(module.run_command(["postconf", "-xh", "mynetworks"])[1])],
        "earlier": earlier(module),
        "taken": "" if ours else " ".join(known.get(probe, [])),
        "whole": "relay_domains" in first,
    }


NOTHING = {"listeners": [], "mynetworks": [], "earlier": [], "taken": "", "whole": False}


def main() -> None:
    """Look."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    found = look(module) if shutil.which("postconf") else NOTHING
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()

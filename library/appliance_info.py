#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what an appliance answers right now, as a stranger and as its operator would see it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: appliance_info
short_description: Tell what an appliance answers right now
description:
  - Speaks SMTP with this host up to RCPT and never sends a message.
  - Plays a stranger from O(client) on the listener O(probe), where only this host may say XCLIENT.
  - Asks the local resolver whether it validates, reads the gate's state, looks for a pause and
    opens the help page.
  - Reports and never judges; what could not be asked comes back as the reason in words.
options:
  hostname:
    description: [The name of this host; the stranger writes to its postmaster.]
    type: str
    required: true
  help_url:
    description: [The help page to open. Nothing is opened if empty.]
    type: str
    default: ''
  client:
    description: [The stranger's address.]
    type: str
    default: 192.0.2.1
  foreign:
    description: [A recipient that nobody may reach through this host.]
    type: str
    default: probe@relay.invalid
  probe:
    description: [The listener that accepts XCLIENT, C(address:port).]
    type: str
    default: 127.0.0.1:10026
  gate:
    description: [The file that holds the gate's state.]
    type: path
    default: /var/lib/ptrgate/gate.json
attributes:
  check_mode: {description: Can run in check mode., support: full, details: [Only reads.]}
  diff_mode: {description: Can show a difference., support: none}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Look at the appliance
  appliance_info:
    hostname: mx.example.org
    help_url: http://help.example.org
  register: __appliance
"""

RETURN = r"""
smtp:
  description: [Replies by what was said; port25 is the greeting there. An unasked one is missing.]
  type: dict
  returned: always
  sample: {port25: 220 mx.example.org ESMTP, mail: 250 2.1.0 Ok, postmaster: 250 2.1.5 Ok,
    foreign: 554 5.7.1 no}
resolver:
  description: [V(validates), V(does not validate), or why it could not be asked.]
  type: str
  returned: always
  sample: validates
gate:
  description: [Mode and rung of the gate and why it is overridden, empty if it has no state yet.]
  type: dict
  returned: always
  sample: {mode: prove, rung: direct, would: direct, override: ""}
pause:
  description: [Until when and why the host refuses nobody; empty if its policy holds.]
  type: str
  returned: always
  sample: until 2027-01-31T04:00:00Z (the resolver lies; jane)
page:
  description: [V(answers), why not, or nothing if no page was asked for.]
  type: str
  returned: always
  sample: answers
"""

import contextlib
import json
import smtplib
import socket
import struct
import urllib.request
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "hostname": {"type": "str", "required": True},
    "help_url": {"type": "str", "default": ""},
    "client": {"type": "str", "default": "192.0.2.1"},
    "foreign": {"type": "str", "default": "probe@relay.invalid"},
    "probe": {"type": "str", "default": "127.0.0.1:10026"},
    "gate": {"type": "path", "default": "/var/lib/ptrgate/gate.json"},
}
SECONDS = 30  # a judgement takes at most eight, a verification of the recipient some more
AUTHENTIC = 0x20  # the AD bit (RFC 6840 section 5.7), asked for and answered with

Reply = tuple[int, bytes]


def words(reply: Reply) -> str:
    """Return a reply as one line."""
    return f"{reply[0]} {reply[1].decode(errors='replace')}".replace("\n", " ")


def greeting(port: int) -> str:
    """Return what the listener on loopback says first, or why nothing came."""
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as stream:
            return stream.recv(512).decode(errors="replace").strip()
    except OSError as error:
        return f"no answer: {error}"


def stranger(params: dict[str, str]) -> dict[str, str]:
    """Return the replies to a client that is nobody's friend, as far as the dialogue came."""
    said: dict[str, str] = {}
    host, _, port = params["probe"].rpartition(":")
    try:
        with smtplib.SMTP(host, int(port), "probe.invalid", SECONDS) as smtp:
            smtp.ehlo()
            smtp.docmd("XCLIENT", f"ADDR={params['client']} NAME=[UNAVAILABLE]")
            smtp.ehlo()
            said["mail"] = words(smtp.mail("probe@probe.invalid"))
            if said["mail"].startswith("250"):
                said["postmaster"] = words(smtp.rcpt(f"postmaster@{params['hostname']}"))
                said["foreign"] = words(smtp.rcpt(params["foreign"]))
    except (OSError, smtplib.SMTPException) as error:
        said.setdefault("mail", f"no answer: {error}")
    return said


def resolver() -> str:
    """Ask the local resolver for the root's SOA and look whether the answer was validated."""
    query = struct.pack("!6H", 1, 0x0100 | AUTHENTIC, 1, 0, 0, 0) + b"\0" + struct.pack("!2H", 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(SECONDS)
        try:
            channel.connect(("127.0.0.1", 53))
            channel.send(query)
            answer = channel.recv(4096)
        except OSError as error:
            return f"no answer: {error}"
    return "validates" if answer[3] & AUTHENTIC else "does not validate"


def gate(path: str) -> dict[str, str]:
    """Return the gate's mode and rung and who overrode it, or nothing."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads(Path(path).read_text())
        facts = {key: str(state[key]) for key in ("mode", "rung", "would") if key in state}
        order = state.get("override") or {}
        words = f"{order.get('reason')}; {order.get('owner')}" if order else ""
        return facts | {"override": words}
    return {}


def pause(module: AnsibleModule) -> str:
    """Return the pause that holds, or why that is not known, or nothing."""
    ask = ["ptrgate", "pause", "--json"]
    try:
        status, said, error = module.run_command(ask, handle_exceptions=False)
    except OSError:
        return ""  # a blank host in check mode: there is no engine yet that could pause
    if status != 0:
        return f"not known: {' '.join(error.split())}"
    holds = json.loads(said)["pause"]
    return f"until {holds['until']} ({holds['reason']}; {holds['owner']})" if holds else ""


def page(url: str) -> str:
    """Open the help page; say ``answers`` or why it does not."""
    if not url.startswith(("http://", "https://")):
        return ""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - http or https, see above
            return "answers"
    except (OSError, ValueError) as error:
        return f"does not answer: {error}"


def main() -> None:
    """Ask everybody once."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    module.exit_json(
        changed=False,
        smtp={"port25": greeting(25), **stranger(params)},
        resolver=resolver(),
        gate=gate(params["gate"]),
        pause=pause(module),
        page=page(params["help_url"]),
    )


if __name__ == "__main__":
    main()

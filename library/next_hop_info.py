#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what the mailbox servers behind a gateway offer."""

from __future__ import annotations

DOCUMENTATION = r"""
module: next_hop_info
short_description: Tell what the mailbox servers behind a gateway offer
description:
  - Says EHLO to each next hop, from the managed host, and sends nothing.
  - What a gateway offers and its next hop does not, it would have to refuse after it took it.
  - Reports and never judges; a next hop that does not answer is reported with the reason.
options:
  next_hops:
    description: [Next hops as Postfix writes them. Only those in brackets are asked, others have
      an MX record.]
    type: list
    elements: str
    required: true
  hostname:
    description: [The name to say in EHLO.]
    type: str
    required: true
  timeout:
    description: [Seconds to wait for one answer.]
    type: float
    default: 5.0
attributes:
  check_mode: {description: Can run in check mode., support: full, details: [Only reads.]}
  diff_mode: {description: Can show a difference., support: none}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Ask the mailbox servers what they take
  next_hop_info:
    next_hops: ["[192.0.2.30]:25"]
    hostname: mx.example.org
  register: __next_hops
"""

RETURN = r"""
results:
  description: [A row for each next hop that was asked.]
  type: list
  elements: dict
  returned: always
  sample: [{next_hop: "[192.0.2.30]:25", error: "", size: 52428800, smtputf8: false}]
  contains:
    next_hop: {description: [As given.], type: str}
    error: {description: [Why there is no answer, or nothing.], type: str}
    size: {description: [The largest message in octets, 0 if there is no limit.], type: int}
    smtputf8: {description: [Whether it takes addresses that are not ASCII.], type: bool}
"""

import re
import smtplib
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {
    "next_hops": {"type": "list", "elements": "str", "required": True},
    "hostname": {"type": "str", "required": True},
    "timeout": {"type": "float", "default": 5.0},
}
HOP = re.compile(r"\[(?:IPv6:)?([^\]]+)\](?::([0-9A-Za-z-]+))?", re.IGNORECASE)
AT_ONCE = 8

Row = dict[str, object]


def ask(next_hop: str, hostname: str, timeout: float) -> Row:
    """Return what one next hop says to EHLO; ``error`` says why it says nothing."""
    row: Row = {"next_hop": next_hop, "error": "", "size": 0, "smtputf8": False}
    known = HOP.fullmatch(next_hop)
    host, port = known.groups() if known else ("", None)
    try:
        with smtplib.SMTP(host, number(port or "25"), hostname, timeout) as smtp:
            code, words = smtp.ehlo()
            if code != 250:  # noqa: PLR2004
                return row | {"error": f"{code} {words.decode(errors='replace')}"}
            size = smtp.esmtp_features.get("size", "")
            row["size"] = int(size) if size.isdecimal() else 0
            row["smtputf8"] = smtp.has_extn("smtputf8")
    except (OSError, smtplib.SMTPException) as error:
        return row | {"error": str(error) or type(error).__name__}
    return row


def number(port: str) -> int:
    """Return a port's number; it may be a service's name."""
    return int(port) if port.isdecimal() else socket.getservbyname(port)


def main() -> None:
    """Ask all of them at once."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    params = module.params
    hops = sorted({hop for hop in params["next_hops"] if HOP.fullmatch(hop)})
    one = partial(ask, hostname=params["hostname"], timeout=params["timeout"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        module.exit_json(changed=False, results=list(pool.map(one, hops)))


if __name__ == "__main__":
    main()

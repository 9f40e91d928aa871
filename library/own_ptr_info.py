#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: does the reverse DNS of the addresses that mail leaves from hold?"""

from __future__ import annotations

DOCUMENTATION = r"""
module: own_ptr_info
short_description: Tell whether the reverse DNS of this host's own addresses holds
version_added: "0.1"
author: PTRgate
description:
  - For each address that mail leaves from, asks DNS for its PTR names and those names for their
    addresses, exactly as a receiving mail server does (RFC 8601, iprev), with the engine that
    judges clients in PTRgate's milter.
  - Asks name servers only. C(/etc/hosts) and nsswitch are never read, because no receiver reads
    them.
  - Reports and changes nothing. Put a requirement into M(ansible.builtin.assert), so that its
    message can say what to do.
options:
  addresses:
    description:
      - The public IPv4 and IPv6 addresses that mail leaves from.
      - Declare them where the host does not have them itself (NAT), or has more than one of a
        family.
    type: list
    elements: str
    default: []
  observe:
    description:
      - Whether a family without an address in O(addresses) is observed. The address the kernel
        would send from is looked up; no packet is sent.
      - By default V(true) if O(addresses) is empty, otherwise V(false).
    type: bool
  nameservers:
    description:
      - Name servers to ask, as C(ADDRESS), C(ADDRESS:PORT) or C([ADDRESS]:PORT).
      - By default those of C(/etc/resolv.conf).
    type: list
    elements: str
    default: []
  timeout:
    description:
      - Seconds to wait for one answer. A question is asked at most twice, and the whole proof of
        an address takes little more than three times as long; after that it is V(unknown).
    type: float
    default: 2.5
attributes:
  check_mode:
    description: Can run in check mode.
    support: full
    details: [It only reads.]
  diff_mode:
    description: Can show a difference.
    support: none
    details: [There is nothing to change.]
  idempotent:
    description: Run twice, it changes nothing the second time.
    support: full
    details: [It never changes anything; what it reports changes with DNS.]
requirements:
  - Python >= 3.11 (on the managed host)
  - dnspython >= 2.3 (on the managed host)
notes:
  - The verdict follows from the diagnosis by this table.
  - V(pass) - V(ok).
  - V(fail) - V(no_ptr), V(ptr_not_delegated), V(lame_delegation), V(broken_classless_delegation),
    V(forward_missing), V(forward_mismatch), V(junk_name), V(dynamic_name), V(ipv6_without_ptr).
  - V(unknown) - V(dns_failure), V(not_public). Neither proves anything. A private address says
    that the Internet sees another one, which O(addresses) should declare.
  - A name that differs from the host's HELO name is no failure; RFC 5321 asks for no match.
"""

EXAMPLES = r"""
- name: Look at the addresses this host sends from
  own_ptr_info:
  register: __own

- name: Show them
  ansible.builtin.debug:
    msg: "{{ __own.results | verdict_rows }}"

- name: Judge the public address of a host behind NAT, as the provider's resolver sees it
  own_ptr_info:
    addresses: [203.0.113.25]
    nameservers: [198.51.100.53]
  register: __own

- name: Refuse to go on unless mail may leave over IPv4
  ansible.builtin.assert:
    that: "'ipv4' in (__own.results | passing_families)"
    fail_msg: "{{ __own.results | verdict_rows | join('\n') }}"
"""

RETURN = r"""
results:
  description: One entry for each address, the declared ones first.
  returned: success
  type: list
  elements: dict
  contains:
    address: {description: The address in canonical form., type: str, sample: 203.0.113.25}
    family: {description: V(ipv4) or V(ipv6)., type: str, sample: ipv4}
    source: {description: V(declared) or V(observed)., type: str, sample: observed}
    verdict:
      description: V(pass), V(fail) or V(unknown). See the table in the notes.
      type: str
      sample: pass
    diagnosis: {description: What exactly was found., type: str, sample: forward_mismatch}
    iprev:
      description:
        - The result of RFC 8601; V(pass), V(fail), V(permerror) or V(temperror).
        - Null for a private address, which is not looked up.
      type: str
      sample: pass
    names:
      description: The PTR names, sorted, at most ten.
      type: list
      elements: dict
      contains:
        name: {description: The name; a stranger may have written it., type: str}
        addresses: {description: Where it leads., type: list, elements: str}
        result:
          description:
            - V(confirmed), V(mismatch), V(no_address), V(failed), V(junk) or V(not_asked).
          type: str
        reason: {description: Why it failed, empty otherwise., type: str}
      sample: [{name: mx.example.org, addresses: [203.0.113.25], result: confirmed, reason: ""}]
    truncated: {description: Whether there were more than ten names., type: bool, sample: false}
    reason: {description: Why iprev is not V(pass), in words., type: str, sample: ""}
    queries: {description: How many DNS queries were sent., type: int, sample: 2}
    title: {description: The diagnosis as a heading., type: str, sample: No reverse DNS name}
    meaning: {description: What it means., type: str}
    who: {description: Who must act., type: str}
    ask: {description: What to ask them for; it can be forwarded as it stands., type: str}
nameservers:
  description: The name servers that were asked.
  returned: success
  type: list
  elements: str
  sample: ["127.0.0.1"]
"""

import sys
import traceback
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

ENGINE_ERROR = ""
try:
    from ansible.module_utils.ptrgate.judge.kinds import NAMESERVER
    from ansible.module_utils.ptrgate.lookup.resolver import Resolver
    from ansible.module_utils.ptrgate.lookup.servers import server, shown, system_nameservers
    from ansible.module_utils.ptrgate.outbound.egress import egress, observe
    from ansible.module_utils.ptrgate.outbound.proof import as_dict, prove
except ImportError:  # dnspython is missing, or the Python is older than 3.11
    ENGINE_ERROR = traceback.format_exc()

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "addresses": {"type": "list", "elements": "str", "default": []},
    "observe": {"type": "bool"},
    "nameservers": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "float", "default": 2.5},
}


def main() -> None:
    """Read the arguments, prove every address, report."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if ENGINE_ERROR:
        module.fail_json(msg=_what_is_missing(), exception=ENGINE_ERROR)
    try:
        found = egress(module.params["addresses"], look=observe if _observes(module) else None)
        servers = _servers(module.params["nameservers"])
        report = [as_dict(proof) for proof in prove(found, _resolver(module, servers))]
    except ValueError as error:
        module.fail_json(msg=f"own_ptr_info: {error}")
    if not report:
        module.warn("No address is declared, and the host has no route to the Internet.")
    module.exit_json(changed=False, results=report, nameservers=[shown(one) for one in servers])


def _observes(module: AnsibleModule) -> bool:
    wish: bool | None = module.params["observe"]
    return not module.params["addresses"] if wish is None else wish


def _servers(texts: list[str]) -> list[tuple[str, int]]:
    try:
        return [server(text) for text in texts] or list(system_nameservers())
    except ValueError:
        raise ValueError(f"nameservers is {texts}, each should be {NAMESERVER.allowed}") from None


def _resolver(module: AnsibleModule, servers: list[tuple[str, int]]) -> Resolver:
    timeout: float = module.params["timeout"]
    if timeout <= 0:
        raise ValueError(f"timeout is {timeout:g}, it must be more than 0 seconds")
    return Resolver(servers, try_seconds=timeout, total_seconds=3.2 * timeout)


def _what_is_missing() -> str:
    if sys.version_info < (3, 11):  # noqa: UP036 - the Python of the managed host, not ours
        return f"own_ptr_info needs Python 3.11 or newer on the managed host, not {sys.version}"
    return str(missing_required_lib("dnspython >= 2.3", url="https://www.dnspython.org/"))


if __name__ == "__main__":
    main()

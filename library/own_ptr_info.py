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
  - Asks several witnesses, O(nameservers), O(independent), and, walking down from the root, the
    authoritative servers themselves. A witness that could not find out abstains; more than half of
    the others decide. A tie is decided without O(nameservers), whose data may be their own.
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
      - Whether a family without an address in O(addresses) is observed. Where Postfix is there and
        binds to an address, it is that one (C(smtp_bind_address), C(inet_interfaces)); otherwise
        those that the kernel would send from, to each part of the world. No packet is sent.
      - By default V(true) if O(addresses) is empty, otherwise V(false).
    type: bool
  peers:
    description:
      - Addresses of mail servers that are ours and say at port 25 which address they see us come
        from. Exim, Sendmail and Exchange do so; Postfix does if its C(smtpd_reject_footer) holds
        C($client_address).
      - What they saw is judged besides O(addresses).
    type: list
    elements: str
    default: []
  nameservers:
    description:
      - The local resolver, as C(ADDRESS), C(ADDRESS:PORT) or C([ADDRESS]:PORT); others are asked
        where the first is silent.
      - By default those of C(/etc/resolv.conf).
    type: list
    elements: str
    default: []
  independent:
    description: [Resolvers elsewhere; each is a witness of its own.]
    type: list
    elements: str
    default: []
  walk:
    description:
      - Whether the authoritative servers are asked too. Without them no delegation is diagnosed,
        and nobody is named who is in charge of a zone.
    type: bool
    default: true
  root_servers:
    description:
      - Where the walk begins. All servers are asked at the port of the first of these.
      - By default the root servers that O(nameservers) name, else those of Debian's
        C(dns-root-data).
    type: list
    elements: str
    default: []
  own_nameservers:
    description:
      - Name servers of ours, by name or address, that may hold the reverse zone without being
        asked by the world.
      - Those of the zone of O(helo) and O(nameservers) are always looked at.
    type: list
    elements: str
    default: []
  helo:
    description: [The name this host says of itself; it gives advice only, never a verdict.]
    type: str
    default: ""
  smarthost:
    description:
      - A Postfix next hop whose addresses are judged as advice, such as
        C([relay.example.net]:587). Mail may leave it from yet other addresses.
    type: str
    default: ""
  timeout:
    description:
      - Seconds to wait for one answer, at most 60. A question is asked at most twice. Of an
        address, a resolver takes little more than three times as long and the walk five times;
        after that the witness abstains.
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
  - A delegation is lame only if each of its servers says that it does not serve the zone, and no
    other witness found a name. Silence and SERVFAIL are V(dns_failure).
  - A name that differs from the host's HELO name is no failure; RFC 5321 asks for no match.
"""

EXAMPLES = r"""
- name: Look at the addresses this host sends from
  own_ptr_info:
  register: __own

- name: Show them
  ansible.builtin.debug:
    msg: "{{ __own.results | verdict_rows }}"

- name: Judge the public address of a host behind NAT, with two resolvers elsewhere as witnesses
  own_ptr_info:
    addresses: [203.0.113.25]
    independent: [198.51.100.53, 192.0.2.53]
    helo: mx.example.org
  register: __own

- name: Write what the provider must be asked for
  ansible.builtin.debug:
    msg: "{{ __own.results | map(attribute='letter') | select }}"

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
    source:
      description: V(declared), V(seen) by one of O(peers), or V(observed).
      type: str
      sample: observed
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
    match: {description: The name that leads back, or empty., type: str, sample: mx.example.org}
    truncated: {description: Whether there were more than ten names., type: bool, sample: false}
    reason: {description: Why the verdict is what it is, in words., type: str, sample: ""}
    queries: {description: How many DNS queries the verdict took., type: int, sample: 9}
    title: {description: The diagnosis as a heading., type: str, sample: No reverse DNS name}
    meaning: {description: What it means., type: str}
    who: {description: Who must act., type: str}
    ask: {description: What to ask them for., type: str}
    letter:
      description:
        - The request as a text to forward, with contact, zone, name servers, records, and what
          each server said. Empty where nobody need be asked or nobody is known.
      type: str
    zone:
      description: Who is in charge of the zone that has to change; null if not known.
      type: dict
      contains:
        zone: {description: The zone., type: str, sample: 113.0.203.in-addr.arpa}
        nameservers: {description: Its NS set., type: list, elements: str}
        contact: {description: The mailbox of its SOA record., type: str}
    records:
      description: What that zone would have to publish, as lines of a master file.
      type: list
      elements: str
      sample: ["25.113.0.203.in-addr.arpa. PTR mx.example.org."]
    chain:
      description: The PTR's own name and where its CNAMEs lead (RFC 2317); empty without one.
      type: list
      elements: str
    witnesses:
      description: Who was asked, and what came of it.
      type: list
      elements: dict
      contains:
        who: {description: Its name., type: str, sample: local resolver}
        place: {description: "V(authoritative), V(local) or V(independent).", type: str}
        verdict: {description: What it alone would prove., type: str}
        diagnosis: {description: What it found., type: str}
        reason: {description: Why, in words., type: str}
        answers:
          description: Question, status, values, TTL and reason of each answer.
          type: list
          elements: dict
        milliseconds: {description: How long it took., type: int}
    servers:
      description: Every question of the walk; the last ones of a zone are to its own servers.
      type: list
      elements: dict
      contains:
        server: {description: Its name; empty for a root server., type: str}
        address: {description: Its address., type: str}
        zone: {description: The zone it was asked for., type: str}
        question: {description: Type and name., type: str}
        said: {description: "V(answer), V(referral), V(lame) or V(silent).", type: str}
        reply: {description: The RCODE, or why there is none., type: str}
        values: {description: The records., type: list, elements: str}
        milliseconds: {description: How long it took., type: int}
    advice:
      description:
        - What is worth knowing and changes no verdict. C(about) is V(helo_differs),
          V(helo_unresolved), V(several_names), V(generic_name), V(split_horizon),
          V(others_differ), V(servers_differ), V(lame_server) or V(dnssec_bogus).
      type: list
      elements: dict
    time: {description: When it was asked., type: str, sample: "2026-11-24T00:20:00Z"}
smarthost:
  description: The same for the addresses of O(smarthost), by the local resolver; advice only.
  returned: success
  type: list
  elements: dict
  sample: []
nameservers:
  description: The local resolver that was asked.
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
    from ansible.module_utils.ptrgate.judge.kinds import NAMESERVER, several
    from ansible.module_utils.ptrgate.lookup.servers import server, shown, system_nameservers
    from ansible.module_utils.ptrgate.outbound.binding import leaving
    from ansible.module_utils.ptrgate.outbound.egress import egress
    from ansible.module_utils.ptrgate.outbound.mail import Postfix
    from ansible.module_utils.ptrgate.outbound.panel import panel
    from ansible.module_utils.ptrgate.outbound.proof import prove
    from ansible.module_utils.ptrgate.outbound.rows import as_dict
    from ansible.module_utils.ptrgate.outbound.settings import WANTED, Settings
    from ansible.module_utils.ptrgate.outbound.smarthost import relay
except ImportError:  # dnspython is missing, or the Python is older than 3.11
    ENGINE_ERROR = traceback.format_exc()

MOST_SECONDS = 60
TEXTS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "addresses": TEXTS,
    "observe": {"type": "bool"},
    "peers": TEXTS,
    "nameservers": TEXTS,
    "independent": TEXTS,
    "walk": {"type": "bool", "default": True},
    "root_servers": TEXTS,
    "own_nameservers": TEXTS,
    "helo": {"type": "str", "default": ""},
    "smarthost": {"type": "str", "default": ""},
    "timeout": {"type": "float", "default": 2.5},
}
# the gate's settings and the options that are the same: both are read, and refused, alike
SETTINGS = {
    "egress_addresses": "addresses",
    "peers": "peers",
    "independent_resolvers": "independent",
    "root_servers": "root_servers",
    "own_nameservers": "own_nameservers",
    "helo": "helo",
    "smarthost": "smarthost",
}


def main() -> None:
    """Read the arguments, prove every address, report."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    if ENGINE_ERROR:
        module.fail_json(msg=_what_is_missing(), exception=ENGINE_ERROR)
    given = module.params
    try:
        settings = Settings(**{key: _read(key, given[name]) for key, name in SETTINGS.items()})
        servers = _servers(given["nameservers"])
        asked = panel(servers, settings, try_seconds=_timeout(given), walks=given["walk"])
        look = leaving(Postfix()) if _observes(module) else None
        found = egress(settings.egress_addresses, look=look, peers=settings.peers)
        report = [as_dict(proof) for proof in prove(found, asked)]
        advised = [as_dict(proof) for proof in relay(settings.smarthost, asked)]
    except ValueError as error:
        module.fail_json(msg=f"own_ptr_info: {error}")
    if not report:
        module.warn("No address is declared, and the host has no route to the Internet.")
    module.exit_json(
        changed=False,
        results=report,
        smarthost=advised,
        nameservers=[shown(one) for one in servers],
    )


def _observes(module: AnsibleModule) -> bool:
    wish: bool | None = module.params["observe"]
    return not module.params["addresses"] if wish is None else wish


def _read(setting: str, value: Any) -> Any:
    read, allowed = WANTED[setting]
    try:
        return read(value)
    except (ValueError, TypeError):
        raise ValueError(f"{SETTINGS[setting]} is {value!r}, it should be {allowed}") from None


def _servers(texts: list[str]) -> list[tuple[str, int]]:
    try:
        return [server(text) for text in texts] or list(system_nameservers())
    except ValueError:
        allowed = several(NAMESERVER).allowed
        raise ValueError(f"nameservers is {texts}, it should be {allowed}") from None


def _timeout(given: dict[str, Any]) -> float:
    timeout: float = given["timeout"]
    if not 0 < timeout <= MOST_SECONDS:
        allowed = f"it must be more than 0 and at most {MOST_SECONDS} seconds"
        raise ValueError(f"timeout is {timeout:g}, {allowed}")
    return timeout


def _what_is_missing() -> str:
    if sys.version_info < (3, 11):  # noqa: UP036 - the Python of the managed host, not ours
        return f"own_ptr_info needs Python 3.11 or newer on the managed host, not {sys.version}"
    return str(missing_required_lib("dnspython >= 2.3", url="https://www.dnspython.org/"))


if __name__ == "__main__":
    main()

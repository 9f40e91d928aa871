# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate check ADDRESS: judge an address as the mail server would, and say why."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ..judge.addresses import parse
from ..judge.finding import judge
from ..judge.policy import BadPolicy, Policy, before_lookup, decide
from ..judge.words import Action
from ..lookup.resolver import Resolver
from ..lookup.servers import Server, server, system_nameservers
from ..outbound.egress import egress
from ..outbound.panel import panel
from ..outbound.proof import prove
from ..outbound.rows import as_dict
from ..outbound.settings import Settings
from ..outbound.told import told
from . import here, status
from .checked import Checked
from .here import Here
from .policies import policy_from
from .story import tell

_STATUS = {Action.REFUSE: status.REFUSE, Action.DEFER: status.DEFER}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("address", metavar="ADDRESS", type=_address, help="IPv4 or IPv6 address")
    parser.add_argument(
        "--nameserver", metavar="HOST[:PORT]", type=_server, help="ask this one, not the system's"
    )
    parser.add_argument("--policy", metavar="FILE", help="instead of this host's")
    parser.add_argument(
        "--walk", action="store_true", help="ask the authoritative servers too, and whose they are"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    here.add_state_argument(parser)
    parser.epilog = "Exit status: 0 accept, 1 refuse, 2 defer, 64 usage, 70 failure, 78 bad policy."


def _address(text: str) -> IPv4Address | IPv6Address:
    try:
        return parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!a} is not an IP address") from None


def _server(text: str) -> Server:
    try:
        return server(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!a} is not an address with or without a port (IPv6: [ADDRESS]:PORT)"
        ) from None


def run(options: argparse.Namespace) -> int:
    """Check, print, and return the exit status."""
    try:
        policy = policy_from(options.policy)
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    asked = (options.nameserver,) if options.nameserver else policy.nameservers
    asked = asked or system_nameservers()
    address = str(options.address)
    checked = check(address, policy, asked, here.look(options.state, address, policy.memory_days))
    walked = {"walk": _walked(checked.address, asked)} if options.walk else {}
    if options.json:
        print(json.dumps(checked.facts() | walked, indent=2))
    else:
        print(tell(checked, asked, colour=sys.stdout.isatty()))
        for row in walked.values():
            print("", *told(row), sep="\n")
    return _STATUS.get(checked.decision.action, status.ACCEPT)


def _walked(address: str, asked: Sequence[Server]) -> dict[str, Any]:
    """Return the row that ``own_ptr_info`` would return, were this address our own."""
    (proof,) = prove(egress([address], look=None), panel(asked, Settings()))
    return as_dict(proof)


def check(address: str, policy: Policy, nameservers: Sequence[Server], told: Here) -> Checked:
    """Judge and decide about one address, asking DNS only if the address alone does not decide."""
    began = time.monotonic()
    decision = before_lookup(policy, address, told.circumstances)
    if decision is not None:
        return Checked(address, policy, decision, told)
    resolver = Resolver(
        nameservers, try_seconds=policy.try_seconds, total_seconds=policy.total_seconds
    )
    judgement = judge(address, resolver, policy)
    milliseconds = round((time.monotonic() - began) * 1000)
    circumstances = told.glance.holds(told.circumstances, judgement.finding)
    decision = decide(policy, judgement, circumstances=circumstances)
    return Checked(address, policy, decision, told, judgement, milliseconds)

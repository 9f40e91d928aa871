# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate probe HOST: try what strangers try, and say what is wrong and who can change it."""

import argparse
import json
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from ..probe.result import Result, Set, Verdict, worst
from ..probe.run import probe, report
from ..probe.target import Target, Visits
from . import status

ASKED = tuple(one for one in Set if one is not Set.HOST)
OF_PORT_25 = tuple(one for one in ASKED if one is not Set.SUBMISSION)
STATUS = {Verdict.OK: status.GOOD, Verdict.BAD: status.BAD, Verdict.UNKNOWN: status.UNKNOWN}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("host", metavar="HOST", help="name or address; a name's first of a family")
    parser.add_argument("--port", type=int, default=25, help="default: %(default)s")
    parser.add_argument("--set", action="append", type=Set, choices=ASKED, metavar="SET",
                        help=f"of {', '.join(ASKED)}; default: those of port 25")  # fmt: skip
    parser.add_argument("--domain", action="append", default=[],
                        help="a domain it takes mail for; may be repeated")  # fmt: skip
    parser.add_argument("--recipient", default="", metavar="ADDRESS",
                        help="somebody who exists there; default: root at the server")  # fmt: skip
    parser.add_argument("--foreign", default="example.com", metavar="DOMAIN",
                        help="a domain it must not relay to; default: %(default)s")  # fmt: skip
    parser.add_argument("--name", default="", help="the name its certificate must show")
    parser.add_argument("--ca", default="", metavar="FILE",
                        help="authorities to believe; default: the system's")  # fmt: skip
    parser.add_argument("--self-signed", action="store_true",
                        help="expect a certificate that proves nothing")  # fmt: skip
    parser.add_argument("--old-tls", action="store_true", help="do not mind TLS 1.0 and 1.1")
    parser.add_argument("--client", default="", metavar="ADDRESS", type=_address,
                        help="speak for this address over XCLIENT")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="show what is as it should be, too")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.epilog = (
        "No message is delivered to anybody: see docs/operating.md for what is left behind."
        " Exit status: 0 all is well, 1 something is wrong, 2 something could not be told,"
        " 64 usage, 70 failure."
    )


def _address(text: str) -> str:
    try:
        return str(ip_address(text)) if text else ""
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!a} is not an IP address") from None


def run(options: argparse.Namespace) -> int:
    """Try, print, and return the exit status."""
    try:
        addresses = _addresses(options.host, options.port)
    except OSError as error:
        print(f"{options.host} has no address: {error}", file=sys.stderr)
        return status.UNKNOWN
    sets = list(dict.fromkeys(options.set or OF_PORT_25))
    results = [
        result for address in addresses for result in probe(Visits(_target(options, address)), sets)
    ]
    print(as_json(options.host, results) if options.json else report(results, every=options.all))
    return STATUS[worst(results)]


def as_json(host: str, results: Sequence[Result]) -> str:
    """Return the report for programs."""
    facts: dict[str, Any] = {
        "host": host,
        "verdict": worst(results).value,
        "checks": [result.facts() for result in results],
    }
    return json.dumps(facts, indent=2)


def _addresses(host: str, port: int) -> list[str]:
    """Return the first address of each family; an address is itself, IPv4-mapped ones too."""
    first: dict[int, str] = {}
    for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        first.setdefault(family, str(where[0]))
    return list(first.values())


def _target(options: argparse.Namespace, address: str) -> Target:
    literal = options.host == address
    return Target(
        address=address,
        port=options.port,
        name=options.name or ("" if literal else options.host),
        domains=tuple(options.domain),
        recipient=options.recipient,
        foreign=options.foreign,
        client=options.client,
        authorities=options.ca,
        vouched=not options.self_signed,
        old_tls=options.old_tls,
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate name NAME ADDRESS: whose name is this, a server's or a line's, and what says so?"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from ..judge.addresses import parse
from ..judge.dynamic import Dynamic, classify
from ..judge.meanings import meaning
from ..judge.policy import BadPolicy
from ..judge.refusal import printable
from ..judge.weights import THRESHOLDS
from ..judge.words import Point
from . import status
from .classify import add_naming_arguments, naming_from

_LONGEST = 60  # characters of a name that are shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="a host's name, as its PTR record says it")
    parser.add_argument("address", metavar="ADDRESS", type=_address, help="IPv4 or IPv6 address")
    add_naming_arguments(parser)
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.epilog = "Exit status: 0 a server's, 1 a line's, 64 usage, 78 bad policy."


def _address(text: str) -> str:
    try:
        return str(parse(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!a} is not an IP address") from None


def run(options: argparse.Namespace) -> int:
    """Judge, print, and return the exit status."""
    try:
        naming = naming_from(options)
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    found = classify(options.name, options.address, naming)
    if options.json:
        facts = {"name": options.name, "address": options.address, "point": naming.point.value}
        print(json.dumps(facts | {"least": THRESHOLDS[naming.point]} | asdict(found), indent=2))
    else:
        print(*_story(options.name, options.address, found, naming.point), sep="\n")
    return status.BAD if found.verdict else status.GOOD


def _story(name: str, address: str, found: Dynamic, point: Point) -> Iterator[str]:
    whose = "that of a DSL, dial-up or dynamic line" if found.verdict else "a server's"
    yield f"{printable(name, _LONGEST)} ({address}): the name is {whose}."
    yield ""
    if not found.evidence:
        yield "Nothing in the name speaks for a line."
    for one in sorted(found.evidence, key=lambda evidence: -abs(evidence.weight)):
        part = printable(name[slice(*one.span)], _LONGEST)
        yield f"  {one.weight:+6.2f}  {part:<24}  {meaning(one.rule)}"
    yield f"  {found.score:+6.2f}  in all; a line's from {THRESHOLDS[point]:+.2f} on ({point})"
    yield ""
    yield "If you know better: engine_naming_servers or engine_naming_lines, and run site.yml."

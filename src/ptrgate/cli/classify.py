# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate classify: judge many names, one a line, without asking DNS."""

import argparse
import sys
from dataclasses import replace

from ..judge.dynamic import Dynamic, classify
from ..judge.policy import BadPolicy
from ..judge.terms import Naming
from ..judge.words import Point
from . import status
from .policies import policy_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_naming_arguments(parser)
    parser.epilog = (
        "Reads lines of NAME, a tab and ADDRESS; prints them with 0 (a server) or 1 (a line), the"
        " score and the evidence, each RULE=WEIGHT@START-END. Exit status: 0, 1 if a line could"
        " not be read, 64 usage, 78 bad policy."
    )


def add_naming_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how names are to be judged."""
    parser.add_argument(
        "--point",
        choices=[point.value for point in Point],
        help="how sure one must be, instead of what the policy says",
    )
    parser.add_argument("--policy", metavar="FILE", help="instead of this host's")


def naming_from(options: argparse.Namespace) -> Naming:
    """Return how names are to be judged. Raises BadPolicy."""
    naming = policy_from(options.policy).naming
    return replace(naming, point=Point(options.point)) if options.point else naming


def run(options: argparse.Namespace) -> int:
    """Judge each line of standard input; a line that cannot be read is said and left out."""
    try:
        naming = naming_from(options)
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    wrong = 0
    # what strangers named their hosts need not be UTF-8
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    for number, line in enumerate(sys.stdin, start=1):
        name, _, rest = line.rstrip("\n").partition("\t")
        address = rest.partition("\t")[0]
        try:
            found = classify(name, address, naming)
        except ValueError:
            print(f"line {number}: {address!a} is not an IP address", file=sys.stderr)
            wrong += 1
            continue
        sys.stdout.write(f"{name}\t{address}\t{_told(found)}\n")
    return status.NOTHING if wrong else status.GOOD


def _told(found: Dynamic) -> str:
    evidence = " ".join(
        f"{one.rule}={one.weight:+.2f}@{one.span[0]}-{one.span[1]}" for one in found.evidence
    )
    return f"{found.verdict:d}\t{found.score:.2f}\t{evidence}"

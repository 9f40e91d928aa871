# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate replay LOG...: what a policy would have done to those who came, from Postfix's logs."""

import argparse
import json
import sys
from pathlib import Path

from ..judge.policy import BadPolicy
from ..logs.files import UnreadableLogError
from ..logs.journald import JournalError
from ..logs.report import Facts
from . import here, status
from .policies import LIVE, policy_from
from .replay_page import page
from .replay_text import tell
from .replayed import replayed
from .spoken import show

_MOST_ASKED = 2000
_RATE = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "logs",
        metavar="LOG",
        nargs="*",
        help="mail logs, packed or not, or exports of the journal; - is standard input;"
        " none: this host's journal",
    )
    add("--days", type=float, default=7.0, help="of the journal, default: %(default)g")
    add("--policy", metavar="FILE", help="instead of this host's")
    add("--diff", nargs=2, metavar=("POLICY_A", "POLICY_B"), help="compare two policies")
    add("--resolve", action="store_true", help="ask DNS now about whom the log does not tell apart")
    add("--ask-at-most", type=int, default=_MOST_ASKED, metavar="N", help="default: %(default)s")
    add("--rate", type=_rate, default=_RATE, help="clients asked about a second, default: 20")
    add("--most", type=int, default=20, help="organisations shown, default: %(default)s")
    add("--json", action="store_true", help="answer in JSON")
    add("--report", type=Path, metavar="DIR", help="write report.txt, .json and .html there")
    here.add_state_argument(parser)
    parser.epilog = (
        "Changes nothing. Exit status: 0, 1 if the logs tell of nobody, 64 usage, 78 bad policy."
    )


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= 1000:  # noqa: PLR2004 (a second)
        raise argparse.ArgumentTypeError(f"{text!a}; allowed: more than 0 and at most 1000")
    return rate


def run(options: argparse.Namespace) -> int:
    """Read, judge, tell, and return the exit status."""
    try:
        named = options.diff or [options.policy]
        policies = [policy_from(name) for name in named]
        found = replayed(options, policies, [_called(name) for name in named])
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    except (UnreadableLogError, JournalError) as error:
        print(error, file=sys.stderr)
        return status.USAGE
    text = tell(found, options.most)
    show(options, text, found)
    if options.report:
        _write(options.report, found, text)
    return status.GOOD if found["sessions"] else status.NOTHING


def _called(name: str | None) -> str:
    return name or (str(LIVE) if LIVE.exists() else "built-in")


def _write(directory: Path, found: Facts, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("report.txt", text + "\n"),
        ("report.json", json.dumps(found, indent=2) + "\n"),
        ("report.html", page(found)),
    ):
        (directory / name).write_text(content, encoding="utf-8")

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate pause: refuse nobody for some hours; without --hours, tell the pause."""

import argparse
import json
import sys
import time
from dataclasses import asdict

from ..shared.amending import CannotAmendError, amending, as_owner, put
from ..shared.grants import PAUSE, Damaged, Pause, read_pause, write_pause
from ..shared.timed import moment
from . import here, status, timed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    timed.add_arguments(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    here.add_state_argument(parser)
    parser.epilog = "Without --hours it tells whether this host is paused, and changes nothing."


def run(options: argparse.Namespace) -> int:
    """Pause, or tell the pause; return the exit status."""
    if (options.hours is None) != (options.reason is None):
        print(timed.TOGETHER, file=sys.stderr)
        return status.USAGE
    try:
        return _tell(options) if options.hours is None else _pause(options)
    except (CannotAmendError, Damaged) as error:
        print(error, file=sys.stderr)
        return status.FAILURE


def _tell(options: argparse.Namespace) -> int:
    with as_owner(options.state):
        pause = standing(options)
    show(options, pause, changed=False, words=told(pause))
    return 0


def _pause(options: argparse.Namespace) -> int:
    wanted = Pause(*timed.period(options))
    with amending(options.state):
        before = standing(options)
        if before is not None and before.as_good_as(wanted):
            show(options, before, changed=False, words=f"Already so. {told(before)}")
            return 0
        if not options.dry_run:
            put(options.state / PAUSE, write_pause(wanted))
    if not options.dry_run:
        here.announce(f"pause {wanted}, by {here.account()!a}: nobody is refused or deferred")
    instead = f"\n(The pause before was {before}.)" if before else ""
    would = "Would be: " if options.dry_run else ""
    show(options, wanted, changed=True, words=would + told(wanted) + instead)
    return 0


def standing(options: argparse.Namespace) -> Pause | None:
    """Return the pause that holds now. Raises Damaged."""
    file = options.state / PAUSE
    try:
        pause = read_pause(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        return None
    return pause if pause.holds(time.time()) else None


def told(pause: Pause | None) -> str:
    """Say how it stands."""
    if pause is None:
        return "This host is not paused: its policy holds."
    return (
        f"PAUSED {pause}.\nNobody is refused or deferred for his reverse DNS; the journal says"
        " rule=paused, and in would= what the policy says.\n"
        "It ends then by itself, or now: ptrgate resume"
    )


def show(options: argparse.Namespace, pause: Pause | None, *, changed: bool, words: str) -> None:
    """Print the words, or the JSON object; its keys are a promise."""
    times = {"began": moment(pause.began), "until": moment(pause.until)} if pause else {}
    facts = {"changed": changed, "pause": asdict(pause) | times if pause else None}
    print(json.dumps(facts, indent=2) if options.json else words)

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate pause: refuse nobody for some hours; without --hours, tell the pause."""

import argparse
import json
import sys
import time
from dataclasses import asdict

from ..shared.amending import CannotAmendError, amending, as_owner, put
from ..shared.grants import PAUSE, Damaged, Pause, moment, read_pause, write_pause
from . import here, status

MOST_HOURS = 72.0
_HOUR = 3600
_SAME = 300  # seconds: an end as near as that to what is asked for is the one asked for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--hours", type=_hours, help=f"how long, at most {MOST_HOURS:g}")
    parser.add_argument("--reason", type=here.one_line, help="why; everybody will ask")
    parser.add_argument("--owner", type=here.one_line, help="who answers for it, default: you")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    here.add_state_argument(parser)
    parser.epilog = "Without --hours it tells whether this host is paused, and changes nothing."


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 1 <= hours * _HOUR <= MOST_HOURS * _HOUR:
        words = f"{text!a}; allowed: more than 0 and at most {MOST_HOURS:g}, such as 2 or 0.5"
        raise argparse.ArgumentTypeError(words)
    return hours


def run(options: argparse.Namespace) -> int:
    """Pause, or tell the pause; return the exit status."""
    if (options.hours is None) != (options.reason is None):
        print("--hours and --reason go together: how long, and why", file=sys.stderr)
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
    began = int(time.time())
    owner = options.owner or here.account()
    wanted = Pause(began, began + round(options.hours * _HOUR), owner, options.reason)
    with amending(options.state):
        before = standing(options)
        if before is not None and _as_good_as(before, wanted):
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


def _as_good_as(before: Pause, wanted: Pause) -> bool:
    slack = min(_SAME, (wanted.until - wanted.began) / 10)
    same = (before.owner, before.reason) == (wanted.owner, wanted.reason)
    return same and 0 <= wanted.until - before.until <= slack


def standing(options: argparse.Namespace) -> Pause | None:
    """Return the pause that holds now. Raises Damaged."""
    file = options.state / PAUSE
    try:
        pause = read_pause(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        return None
    return pause if time.time() < pause.until else None


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

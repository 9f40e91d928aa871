# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate resume: end the pause now; the policy holds again within a second."""

import argparse
import sys

from ..shared.amending import CannotAmendError, amending, remove
from ..shared.grants import PAUSE, Damaged, Pause
from . import here, status
from .pause import show, standing, told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    here.add_state_argument(parser)


def run(options: argparse.Namespace) -> int:
    """End the pause, and a file that cannot be read as one; return the exit status."""
    try:
        with amending(options.state):
            pause, damage = _before(options)
            paused = pause is not None or damage != ""
            if paused and not options.dry_run:
                remove(options.state / PAUSE)
    except CannotAmendError as error:
        print(error, file=sys.stderr)
        return status.FAILURE
    if paused and not options.dry_run:
        here.announce(f"resume, by {here.account()!a}: the policy holds again")
    would = "Would be ended: " if options.dry_run else "Ended: "
    ended = would + (f"the pause {pause}." if pause else damage) + "\n"
    show(options, None, changed=paused, words=(ended if paused else "") + told(None))
    return 0


def _before(options: argparse.Namespace) -> tuple[Pause | None, str]:
    try:
        return standing(options), ""
    except Damaged as error:
        return None, f"a file that says nothing: {error}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate learn: take note of the domains that our own users wrote to, for whom they write back."""

import argparse
import json
import sqlite3
import sys
import time
from pathlib import Path

from ..judge.policy import BadPolicy
from ..logs import journald, written
from ..logs.journald import JournalError
from ..shared.amending import CannotAmendError, as_owner
from ..shared.contacts import Contacts
from . import status
from .here import add_state_argument
from .policies import policy_from

_DAY = 86400
OVERLAP = 600  # seconds that are read twice: a line may come late


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--policy", metavar="FILE", help="instead of this host's")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    add_state_argument(parser)
    parser.epilog = (
        "Reads what this host's journal says since the last time. A timer does it every quarter of"
        " an hour. Exit status: 0, 70 failure, 78 bad policy."
    )


def run(options: argparse.Namespace) -> int:
    """Read, note, tell, and return the exit status."""
    try:
        days = policy_from(options.policy).written_to_days
        began = time.time()
        # the journal as whoever calls, the notes as their owner
        found = set(_found(options.state, days, began)) if days else set()
        with as_owner(options.state):
            total = Contacts(options.state).learn(found, days=days, now=began)
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    except (JournalError, CannotAmendError, OSError, sqlite3.Error) as error:
        print(f"ptrgate learn: {error}", file=sys.stderr)
        return status.FAILURE
    facts = {"days": days, "seen": len(found), "known": total}
    print(json.dumps(facts) if options.json else _told(**facts))
    return 0


def _found(state: Path, days: int, now: float) -> set[str]:
    with as_owner(state):
        last = Contacts(state).learned_at()
    since = max(now - days * _DAY, last - OVERLAP)
    return set(written.domains(journald.each(written.question(since))))


def _told(days: int, seen: int, known: int) -> str:
    if not days:
        return "switched off (engine_written_to_days: 0): nothing is known any more"
    return (
        f"own users wrote to {seen} domains since the last look, to {known} in the last {days} days"
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate preview: whom the next stage of enforcement would have hit, and what to write for it."""

import argparse
import json
import sqlite3
import sys
import time
from pathlib import Path

from ..judge.policy import BadPolicy, Policy
from ..logs import journald, seen
from ..logs.journald import JournalError
from ..logs.seen import Seen
from ..shared.amending import CannotAmendError, as_owner
from ..shared.contacts import is_known
from ..shared.layout import NONE
from ..shared.ledger import Ledger
from ..shared.memory import FILE_NAME
from ..shared.places import place_of
from ..shared.tally import Tally
from . import previewed, status
from .here import add_state_argument
from .policies import policy_from
from .proposal import Known, Proposal, propose

_HOUR, _DAY = 3600, 86400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--days", type=float, default=7.0, help="how far to look back, default: %(default)g"
    )
    parser.add_argument("--policy", metavar="FILE", help="instead of this host's")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    add_state_argument(parser)
    parser.epilog = "Changes nothing. Exit status: 0, 64 usage, 70 failure, 78 bad policy."


def run(options: argparse.Namespace) -> int:
    """Read, tell, and return the exit status."""
    now = time.time()
    try:
        policy = policy_from(options.policy)
        found = seen.read(journald.each(seen.question(now - options.days * _DAY)))
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    except JournalError as error:
        print(f"ptrgate preview: {error}", file=sys.stderr)
        return status.FAILURE
    proposals, notes = _proposals(policy, found, options.state, now)
    view = previewed.View(policy, found, proposals, options.days, _counted(options.state), notes)
    print(json.dumps(view.facts(), indent=2) if options.json else view.told())
    return 0


def _counted(state: Path) -> int | None:
    """Return how many sessions were judged since this host began to count; None if unknown."""
    try:
        with as_owner(state):
            sessions = Tally.read(state).sessions
    except (CannotAmendError, OSError):
        return None
    return sum(number for kind, number in sessions.items() if kind.finding != NONE)


def _proposals(
    policy: Policy, found: Seen, state: Path, now: float
) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    """Propose by what is remembered here; without it, by the lines alone, and say so."""
    try:
        with as_owner(state):
            return propose(policy, found, _known(policy, state, now), now), ()
    except (CannotAmendError, sqlite3.Error, OSError) as error:
        nothing = Known(lambda _: False, lambda _: False)
        note = f"what the milter remembers cannot be read, so wanted mail may be missed: {error}"
        return propose(policy, found, nothing, now), (note,)


def _known(policy: Policy, state: Path, now: float) -> Known:
    if not (state / FILE_NAME).is_file():
        raise FileNotFoundError(f"{state / FILE_NAME} is not there")
    ledger = Ledger(state / FILE_NAME)
    oldest = now // _HOUR - 24 * policy.memory_days

    def remembers(address: str) -> bool:
        record = ledger.find(place_of(address))
        return record is not None and record.seen >= oldest

    days = policy.written_to_days
    return Known(remembers, lambda domain: is_known(ledger, domain, days=days, now=now))

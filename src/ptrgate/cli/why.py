# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate why: what became of a client then, what would today, and how to let it in."""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ..judge import token
from ..judge.kinds import NETWORK
from ..judge.policy import BadPolicy, Exemption, Policy
from ..judge.token import BadKeys, BadToken, Keys
from ..judge.words import Action
from ..logs import asked, journald, sessions
from ..logs.asked import Asked, Kind
from ..logs.journald import JournalError
from ..lookup.servers import system_nameservers
from . import account, here, status
from .account import Account
from .check import check
from .policies import policy_from
from .spoken import show

KEYS = Path("/etc/ptrgate/token.keys")
_DAY = 86400
_LET_IN_DAYS = 14


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", metavar="WHAT", help=asked.ALLOWED)
    parser.add_argument(
        "--days", type=float, default=7.0, help="how far to look back, default: %(default)g"
    )
    parser.add_argument("--policy", metavar="FILE", help="instead of this host's")
    parser.add_argument("--keys", type=Path, default=KEYS, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    here.add_state_argument(parser)
    parser.epilog = "Exit status: 0 something is known, 1 nothing is, 64 usage, 78 bad policy."


def run(options: argparse.Namespace) -> int:
    """Find out, tell, and return the exit status."""
    try:
        ways = asked.understand(options.what)
        policy = policy_from(options.policy)
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    except ValueError as error:
        print(error, file=sys.stderr)
        return status.USAGE
    found = [_found(way, options) for way in ways]
    best = next((one for one in found if one.known), found[0])
    told = _today(best, policy, options)
    facts = account.facts(told, policy)
    show(options, account.tell(told, policy), facts)
    return status.ACCEPT if told.known else status.NOTHING


def _found(way: Asked, options: argparse.Namespace) -> Account:
    """Look into the keys and the journal; what fails becomes a note."""
    known = Account(way)
    if way.kind is Kind.TOKEN:
        known = _verified(known, options.keys)
    try:
        return _read(known, time.time() - options.days * _DAY)
    except JournalError as error:
        return replace(known, notes=(*known.notes, str(error)))


def _verified(known: Account, keys: Path) -> Account:
    try:
        notice = token.read(known.way.text, Keys.read(keys.read_text(encoding="utf-8")))
    except BadToken as error:
        note = f"this notice was not signed with the keys of this host: {error}"
    except (OSError, UnicodeDecodeError, BadKeys) as error:
        note = f"the signature cannot be verified without the keys: {error}"
    else:
        return replace(known, notice=notice)
    return replace(known, notes=(*known.notes, note))


def _read(known: Account, since: float) -> Account:
    way = known.way
    if way.kind in (Kind.TOKEN, Kind.REF):
        ref = token.ref(way.text)
        return replace(known, sessions=sessions.of_notice(journald.ask, ref, known.notice, since))
    if way.kind is Kind.ADDRESS:
        return replace(known, sessions=sessions.of_address(journald.ask, way.text, since))
    if way.kind is Kind.MAILBOX:
        return replace(known, sessions=sessions.of_mailbox(journald.ask, way.text, since))
    entries, session = sessions.of_queue_id(journald.ask, way.text, since)
    return replace(known, mail=entries, sessions=(session,) if session else ())


def _today(known: Account, policy: Policy, options: argparse.Namespace) -> Account:
    """Judge the client again, as the milter would now."""
    now = here.look(options.state, known.address, policy.memory_days)
    known = replace(known, notes=(*known.notes, *_missing(known, options.days)), here=now)
    if not known.address:
        return known
    servers = policy.nameservers or system_nameservers()
    today = check(known.address, policy, servers, now)
    return replace(known, today=today, exemption=_exemption(known, today.decision.would))


def _missing(known: Account, days: float) -> Iterator[str]:
    if known.sessions or any("journal" in note for note in known.notes):
        return
    if known.notice:
        yield (
            "the journal of this host has no such session: another host of the fleet spoke (ask"
            " `ptrgate why` there), or the journal does not go back that far"
        )
    elif known.mail:
        yield "the milter's line of that message is not in the journal"
    else:
        yield f"the journal of this host says nothing of it in the last {days:g} days (--days)"
        if known.way.kind is Kind.MAILBOX:
            yield "a client that is accepted at once has told no sender by then: ask by queue id"


def _exemption(known: Account, would: Action) -> Exemption | None:
    """Return the narrowest exemption; its words are ours alone: they are pasted into a shell."""
    if would not in (Action.REFUSE, Action.DEFER):
        return None
    last = known.sessions[-1].line if known.sessions else {}
    finding = known.notice.finding if known.notice else last.get("finding", "")
    ref = token.ref(known.way.text) if known.notice else last.get("ref", "")
    about = f", notice {ref}" if ref.isalnum() else ""
    return Exemption(
        "new",
        network=NETWORK.read(known.address),
        owner=here.account(),
        reason=f"{finding if finding.isidentifier() else 'reverse DNS'}{about}",
        expires=here.today() + timedelta(days=_LET_IN_DAYS),
    )

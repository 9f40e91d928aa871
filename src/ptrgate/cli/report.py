# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate report: some days of a host, in JSON; or of many hosts, as one page for a browser."""

import argparse
import json
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..judge.policy import BadPolicy
from ..judge.terms import Policy
from ..logs import journald, weekly
from ..logs.journald import JournalError
from ..metrics.look import GATE, Look
from ..metrics.rates import NOTHING, facts, within
from ..shared.amending import CannotAmendError, as_owner
from ..shared.grants import Grant
from . import exemptions_told, here, status
from .policies import policy_from
from .report_page import page
from .reported import Host, answered, read

_DAY = 86400
_SCHEMA = 1
Facts = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--days", type=float, default=7.0, help="how far to look back, default: %(default)g")
    add("--policy", metavar="FILE", help="instead of this host's")
    add("--json", action="store_true", help="this host's facts instead of the page")
    add("--hosts", metavar="FILE", help="a page of many hosts, as playbooks/report.yml asks")
    here.add_state_argument(parser)
    parser.epilog = (
        "Changes nothing and asks nobody. Exit status: 0, 64 usage, 70 failure, 78 bad policy."
    )


def run(options: argparse.Namespace) -> int:
    """Read, tell, and return the exit status."""
    now = time.time()
    try:
        if options.hosts:
            text = sys.stdin.read() if options.hosts == "-" else Path(options.hosts).read_text()
            hosts = [answered(name, result) for name, result in json.loads(text)]
        else:
            found = _facts(options, policy_from(options.policy), now)
            if options.json:
                print(json.dumps(found))
                return 0
            hosts = [read(found["host"], found)]
    except BadPolicy as error:
        print(error, file=sys.stderr)
        return status.BAD_POLICY
    except (JournalError, CannotAmendError, OSError, ValueError, TypeError) as error:
        print(f"ptrgate report: {error}", file=sys.stderr)
        return status.FAILURE
    print(_page(hosts, options.days, now), end="")
    return 0


def _page(hosts: list[Host], days: float, now: float) -> str:
    return page(hosts, now - days * _DAY, now)


def _facts(options: argparse.Namespace, policy: Policy, now: float) -> Facts:
    since = now - options.days * _DAY
    week = weekly.read(journald.each(weekly.question(since)))
    moves = weekly.moves(journald.ask(weekly.gate_question(since)))
    with as_owner(options.state):
        look = Look.at(options.state, options.state.parent / GATE.name)
    tally = look.tally or NOTHING
    return {
        "schema": _SCHEMA,
        "host": socket.gethostname(),
        "at": round(now),
        "days": options.days,
        "week": week.facts(),
        "moves": moves,
        "exemptions": _exemptions(options.state, policy, now),
        "now": facts(look, look, 0.0, now),
        "judging": {
            "half_within": within(tally.latency, 0.5),
            "most_within": within(tally.latency, 0.95),
        },
    }


def _exemptions(state: Path, policy: Policy, now: float) -> list[Facts]:
    """Return the exemptions that end, those that end soonest first."""
    lasting = [Grant(exemption, 0, "") for exemption in policy.exemptions]
    today = datetime.fromtimestamp(now, UTC).date()
    listed = exemptions_told.rows(lasting, here.look(state).grants, today)
    return [
        {
            "id": one.id,
            "who": exemptions_told.who(one),
            "owner": one.owner,
            "reason": one.reason,
            "expires": str(one.expires),
            "days_left": (one.expires - today).days,
        }
        for one in (row.grant.exemption for row in listed)
        if one.expires
    ]

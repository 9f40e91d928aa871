# SPDX-License-Identifier: GPL-3.0-or-later
"""``ptrgate gate``: what outbound mail does, why, and the proof that decides it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ..outbound import report
from ..outbound.binding import leaving
from ..outbound.egress import egress
from ..outbound.gate import Mode
from ..outbound.keeper import Change, Keeper
from ..outbound.mail import Postfix, PostfixFailed
from ..outbound.proof import prove
from ..outbound.sending import evidence
from ..outbound.settings import BadSettings, Settings, load
from ..outbound.state import BadState
from . import gate_override, status
from .gate_told import facts, guarded, say
from .spoken import fail, show

DONE = 0
SETTINGS = Path("/etc/ptrgate/gate.toml")
DIRECTORY = Path("/var/lib/ptrgate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the orders and their options."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--settings", type=Path, default=SETTINGS, help="default: %(default)s")
    parser.add_argument("--state", type=Path, default=DIRECTORY, help="default: %(default)s")
    orders = parser.add_subparsers(dest="order", required=True, metavar="ORDER")
    for name, (_run, words) in ORDERS.items():
        order = orders.add_parser(name, help=words, description=words)
        order.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name == "init":
            order.add_argument("--start", choices=["auto", "hold", "observe"], default="auto")
        if name == "check":
            order.add_argument("file", type=Path)
        if name == "override":
            gate_override.add_arguments(order)


def run(arguments: argparse.Namespace) -> int:
    """Do what was ordered; return the exit status."""
    order, _words = ORDERS[arguments.order]
    try:
        return order(arguments)
    except BadSettings as error:
        return fail(str(error), status.BAD_POLICY)
    except (BadState, PostfixFailed) as error:
        return fail(str(error), status.FAILURE)
    except OSError as error:
        why = f"{error.filename or arguments.state}: {error.strerror or error}"
        hint = "; this needs root" if isinstance(error, PermissionError) and os.geteuid() else ""
        return fail(why + hint, status.FAILURE)


def _status(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    record = keeper.read()
    show(arguments, report.status(record, guarded(keeper)), facts(keeper, record))
    return DONE


def _explain(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    record = keeper.read()
    words = report.explain(record, keeper.terms, guarded(keeper))
    show(arguments, words, facts(keeper, record))
    return DONE


def _prove(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    # What the clock asks for goes first: questions may take long. Without a state it ends here.
    say(keeper, keeper.settle())
    settings = keeper.settings
    # Only a proof asks DNS: a deployment's controller judges settings, and need not have dnspython.
    from ..lookup.servers import system_nameservers  # noqa: PLC0415 - see above
    from ..outbound.panel import panel  # noqa: PLC0415 - see above

    asked = panel(settings.nameservers or system_nameservers(), settings)
    look = leaving(keeper.postfix)
    found = egress(settings.egress_addresses, look=look, peers=settings.peers)
    return _told(arguments, keeper, keeper.prove(prove(found, asked)))


def _init(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    why = evidence(keeper.postfix, keeper.table_file) if arguments.start == "auto" else ""
    observes = arguments.start == "observe" or why
    change = keeper.init(Mode.OBSERVE if observes else Mode.PROVE)
    if change is None:
        print(f"{keeper.state_file} is there already; nothing was changed.")
        return DONE
    if why:
        print(f"gate start=observe because {why}", file=sys.stderr)
    return _told(arguments, keeper, change)


def _enforce(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    return _told(arguments, keeper, keeper.enforce())


def _settle(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    say(keeper, keeper.settle())
    return DONE


def _override(arguments: argparse.Namespace) -> int:
    keeper = _keeper(arguments)
    if problem := gate_override.problem(arguments, keeper.settings):
        return fail(problem, status.USAGE)
    if not (arguments.end or arguments.rung):
        return _status(arguments)
    return _told(arguments, keeper, keeper.override(gate_override.wanted(arguments)))


def _check(arguments: argparse.Namespace) -> int:
    _load(arguments.file)
    return DONE


def _told(arguments: argparse.Namespace, keeper: Keeper, change: Change) -> int:
    say(keeper, change)
    record = change.after
    show(arguments, report.status(record, guarded(keeper)), facts(keeper, record))
    return DONE


def _keeper(arguments: argparse.Namespace) -> Keeper:
    return Keeper(arguments.state, _load(arguments.settings), Postfix())


def _load(path: Path) -> Settings:
    try:
        return load(path.read_text(encoding="utf-8"), source=str(path))
    except FileNotFoundError:
        raise BadSettings(f"{path} does not exist; the role outbound writes it") from None


ORDERS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "status": (_status, "how outbound mail leaves, and what was proved"),
    "explain": (_explain, "what stands in the way, who must act, and what to ask them for"),
    "prove": (_prove, "prove this host's reverse DNS now, and do what follows from it"),
    "enforce": (_enforce, "end observing: let the gate decide from now on"),
    "override": (_override, gate_override.WORDS),
    "settle": (_settle, "end an override whose time is over, and keep waiting mail from expiring"),
    "init": (_init, "give the gate its first state; does nothing if it has one"),
    "check": (_check, "read a settings file and name every mistake in it"),
}

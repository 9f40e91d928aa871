# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate requests: who asks for an exception on the page, and what is decided."""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from ..outbound.mail import Postfix, PostfixFailed
from ..requests import book, letters, settings
from ..requests.request import Event, Request
from ..shared import vetting
from ..shared.amending import CannotAmendError, amending, as_owner, put
from ..shared.grants import Damaged, Grant
from . import exempt, exemptions_told, here, requests_told, status
from .policies import policy_from
from .spoken import fail, show

STATE = Path("/var/lib/ptrgate/requests")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the orders and their options."""
    orders = parser.add_subparsers(dest="order", required=True, metavar="ORDER")
    for name, (_run, words) in ORDERS.items():
        order = orders.add_parser(name, help=words, description=words.capitalize() + ".")
        order.add_argument("--json", action="store_true", help="answer in JSON")
        order.add_argument("--requests", type=Path, default=STATE, help=argparse.SUPPRESS)
        order.add_argument("--settings", type=Path, default=settings.FILE, help=argparse.SUPPRESS)
        order.add_argument("--policy", metavar="FILE", help="instead of this host's")
        here.add_state_argument(order)
        if name != "list":
            order.add_argument("id", metavar="ID", help="see ptrgate requests list")
        if name in ("approve", "deny"):
            order.add_argument("--tell", action="store_true", help="write to whoever asked")
    approve = orders.choices["approve"]
    approve.add_argument("--days", type=int, default=30, help="days from today, 30 if not said")
    approve.add_argument("--owner", type=here.one_line, help="who answers for it; else you")
    approve.add_argument("--reason", type=here.one_line, help="why; else the number of the request")


def run(options: argparse.Namespace) -> int:
    """Do what was ordered; return the exit status."""
    try:
        options.known = settings.load(options.settings.read_text("utf-8"), str(options.settings))
        return ORDERS[options.order][0](options)
    except FileNotFoundError:
        return fail("Nobody can ask here: helppage_requests is not on (role helppage).", 1)
    except (book.Objection, vetting.Objection) as error:
        return fail(f"not done: {error}", status.USAGE)
    except (CannotAmendError, book.Damaged, Damaged, settings.BadSettings) as error:
        return fail(str(error), status.FAILURE)


def _list(options: argparse.Namespace) -> int:
    with as_owner(options.requests):
        kept = _kept(options)
    rows = [_facts(options, one) for one in kept]
    show(options, requests_told.table(kept, options.known.days), {"requests": rows})
    return 0


def _tell(options: argparse.Namespace) -> int:
    with as_owner(options.requests):
        request = book.found(_kept(options), options.id)
    show(options, requests_told.told(request, options.known.days), _facts(options, request))
    return 0


def _approve(options: argparse.Namespace) -> int:
    request = _decide(options, Event.APPROVE, dry=True)
    grant, notes = _exempted(options, request)
    _decide(options, Event.APPROVE)
    sent = _letter(options, request, grant.exemption.expires)
    words = exemptions_told.added(grant, notes)
    if not options.state.is_dir():
        line = exemptions_told.inventory_line(grant)
        words = f"This host judges nobody. Below ptrgate_exemptions in the inventory:\n    - {line}"
    show(options, f"{words}{sent}", _facts(options, request) | {"exemption": grant.exemption.id})
    return 0


def _deny(options: argparse.Namespace) -> int:
    request = _decide(options, Event.DENY)
    sent = _letter(options, request, None)
    show(options, f"{request.id} is denied.{sent}", _facts(options, request))
    return 0


def _decide(options: argparse.Namespace, event: Event, *, dry: bool = False) -> Request:
    """Return the request as it is then; ``dry`` only asks whether it may be."""
    with amending(options.requests):
        kept = _kept(options)
        request = book.found(kept, options.id)
        changed = book.decided(request, event, time.time(), here.account()[:100])
        if not dry:
            put(options.requests / book.BOOK, book.write(book.replaced(kept, changed)))
    if not dry:
        here.announce(f"requests {event.value}: {request.id} {request.address}, {changed.by!a}")
    return changed


def _exempted(options: argparse.Namespace, request: Request) -> tuple[Grant, list[str]]:
    """Make the exemption, for exactly that address; no word of a stranger is in it."""
    if not 0 < options.days <= vetting.MOST_DAYS:
        raise vetting.Objection(f"--days {options.days}; allowed: 1 to {vetting.MOST_DAYS}")
    wanted = exempt.for_address(
        request.address,
        options.days,
        owner=options.owner or here.account(),
        reason=options.reason or f"asked for on the help page, request {request.id}",
        ticket=request.id,
    )
    if not options.state.is_dir():  # a help host has no milter
        return Grant(replace(wanted, id=vetting.readable_id(wanted, ())), int(time.time())), []
    return exempt.made(options.state, policy_from(options.policy), wanted)


def _letter(options: argparse.Namespace, request: Request, until: date | None) -> str:
    """Write to whoever asked, if that was ordered; return what to say of it."""
    if not options.tell:
        return ""
    text = letters.decision(options.known, request, until).decode("ascii")
    try:
        Postfix().send(request.mailbox, text)
    except PostfixFailed as error:
        return f"\n{request.mailbox} could not be told: {error}"
    return f"\n{request.mailbox} is told."


def _kept(options: argparse.Namespace) -> tuple[Request, ...]:
    file = options.requests / book.BOOK
    try:
        found = book.read(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        return ()
    return book.pruned(found, time.time(), options.known.days)


def _facts(options: argparse.Namespace, request: Request) -> dict[str, object]:
    """Return it for programs; its keys are a promise."""
    return asdict(request) | requests_told.times(request, options.known.days)


ORDERS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "list": (_list, "who asks, who waits"),
    "show": (_tell, "all of one request"),
    "approve": (_approve, "let its address in from now until a day"),
    "deny": (_deny, "make no exception"),
}

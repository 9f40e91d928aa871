# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate exempt: let somebody in although his reverse DNS is wrong, from now until a day."""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ..judge import kinds
from ..judge.kinds import Kind
from ..judge.policy import BadPolicy, Exemption, Policy
from ..judge.reader import Reader
from ..judge.reading import read_exemption
from ..judge.terms import CONDITIONS
from ..shared import vetting
from ..shared.amending import CannotAmendError, amending, as_owner, put
from ..shared.grants import EXEMPTIONS, Damaged, Grant, as_table, read_grants, write_grants
from ..shared.merging import ended, merge
from . import exemptions_told, here, status
from .policies import policy_from
from .spoken import fail, show

_UNNAMED = "new"
MOST_OCTETS = 1_000_000  # some thousand exemptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the orders and their options."""
    orders = parser.add_subparsers(dest="order", required=True, metavar="ORDER")
    for name, (_run, words) in ORDERS.items():
        order = orders.add_parser(name, help=words, description=words.capitalize() + ".")
        order.add_argument("--json", action="store_true", help="answer in JSON")
        order.add_argument("--policy", metavar="FILE", help="instead of this host's")
        here.add_state_argument(order)
        if name == "add":
            _describe_add(order)
        if name in ("remove", "expire"):
            order.add_argument("id", metavar="ID", type=str.lower, help="see ptrgate exempt list")
        if name == "import":
            _describe_import(order)


def _describe_import(order: argparse.ArgumentParser) -> None:
    words = "what ptrgate exempt export wrote; - reads standard input"
    order.add_argument("file", metavar="FILE", type=argparse.FileType("rb"), help=words)
    dry = "say what would be, and change nothing"
    order.add_argument("--dry-run", action="store_true", help=dry)


def _describe_add(order: argparse.ArgumentParser) -> None:
    order.epilog = "All conditions that are given must hold; at least one must be."
    network, words = _kind(kinds.NETWORK), "address or network of the client"
    order.add_argument("network", metavar="NETWORK", nargs="?", type=network, help=words)
    for option, kind, words in (
        ("--name-suffix", kinds.SUFFIX, "the client has a confirmed name below this domain"),
        ("--sender-domain", kinds.DOMAIN, "domain of MAIL FROM, which anybody may write"),
        ("--recipient", kinds.RECIPIENT, "recipient, or recipient domain"),
        ("--id", kinds.IDENTIFIER, "what to call it; made of the condition otherwise"),
    ):
        order.add_argument(option, type=_kind(kind), help=words)
    order.add_argument("--spoofable", action="store_true", help="sender domain alone will do")
    order.add_argument("--wide", action="store_true", help="yes, a network as large as that")
    order.add_argument("--owner", required=True, type=here.one_line, help="who answers for it")
    order.add_argument("--reason", required=True, type=here.one_line, help="why")
    order.add_argument("--ticket", type=here.one_line, help="where it was asked for")
    end = order.add_mutually_exclusive_group(required=True)
    end.add_argument("--days", type=int, help=f"days from today, at most {vetting.MOST_DAYS}")
    end.add_argument("--until", type=_kind(kinds.DATE), metavar="DATE", help="last day, in UTC")


def _kind(kind: Kind) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return kind.read(text)
        except (ValueError, TypeError):
            raise argparse.ArgumentTypeError(f"{text!a}: allowed is {kind.allowed}") from None

    return read


def run(options: argparse.Namespace) -> int:
    """Do what was ordered; return the exit status."""
    try:
        return ORDERS[options.order][0](options)
    except vetting.Objection as error:
        return fail(f"not done: {error}", status.USAGE)
    except Damaged as error:
        words = f"{error}\nPut that right, or move the file away: then there are no exemptions."
        return fail(words, status.FAILURE)
    except BadPolicy as error:
        return fail(str(error), status.BAD_POLICY)
    except CannotAmendError as error:
        return fail(str(error), status.FAILURE)


def _add(options: argparse.Namespace) -> int:
    wanted = _wanted(options, here.today())
    vetting.object_to_width(wanted.network, wide=options.wide)
    grant, notes = made(options.state, policy_from(options.policy), wanted)
    show(options, exemptions_told.added(grant, notes), as_table(grant) | {"notes": notes})
    return 0


def made(state: Path, policy: Policy, wanted: Exemption) -> tuple[Grant, list[str]]:
    """Make an exemption of this host, with an id of its own if it has none; return it and notes.

    Raises Objection, Damaged, CannotAmendError.
    """
    today = here.today()
    with amending(state):
        grants = _grants(state)
        if wanted.id == _UNNAMED:
            taken = {e.id for e in policy.exemptions} | {g.exemption.id for g in grants}
            wanted = replace(wanted, id=vetting.readable_id(wanted, taken))
        vetting.object_to(wanted, grants, policy, today)
        grant = Grant(wanted, int(time.time()), here.account())
        kept = [g for g in vetting.pruned(grants, today) if g.exemption.id != wanted.id]
        put(state / EXEMPTIONS, write_grants([*kept, grant]))
    here.announce(f"exempt add: {as_table(grant)!a}")
    return grant, list(vetting.notes(wanted, policy, today))


def for_address(address: str, days: int, *, owner: str, reason: str, ticket: str) -> Exemption:
    """Return the exemption of one address for some days, without an id."""
    words = {"owner": owner, "reason": reason, "ticket": ticket}
    table = {"id": _UNNAMED, "network": address, **words}
    return replace(_read(table), expires=here.today() + timedelta(days=days))


def _wanted(options: argparse.Namespace, today: date) -> Exemption:
    names = (*CONDITIONS, "owner", "reason", "ticket")
    table = {name: str(getattr(options, name) or "") for name in names}
    table |= {"id": options.id or _UNNAMED, "spoofable": "accepted" if options.spoofable else ""}
    if options.until is None and not 0 < options.days <= vetting.MOST_DAYS:
        raise vetting.Objection(f"--days {options.days}; allowed: 1 to {vetting.MOST_DAYS}")
    return replace(_read(table), expires=options.until or today + timedelta(days=options.days))


def _read(table: dict[str, str]) -> Exemption:
    reader = Reader("not done")
    exemption = read_exemption(reader, "exemption", table)
    if exemption is None:
        problem = reader.problems[0]
        allowed = problem.allowed.replace('spoofable = "accepted"', "--spoofable")
        raise vetting.Objection(f"{problem.found}; allowed: {allowed}".replace("_", "-"))
    return exemption


def _list(options: argparse.Namespace) -> int:
    policy = policy_from(options.policy)
    with as_owner(options.state):
        grants = _grants(options.state)
    lasting = [Grant(exemption) for exemption in policy.exemptions]
    rows = exemptions_told.rows(lasting, grants, here.today())
    show(options, exemptions_told.table(rows), {"exemptions": [row.facts() for row in rows]})
    return 0


def _remove(options: argparse.Namespace) -> int:
    if any(exemption.id == options.id for exemption in policy_from(options.policy).exemptions):
        raise vetting.Objection(
            f"{options.id} is in the inventory: take it out of ptrgate_exemptions (or"
            " engine_exemptions) there, and run site.yml"
        )
    with amending(options.state):
        grants = _grants(options.state)
        kept = [grant for grant in grants if grant.exemption.id != options.id]
        if len(kept) == len(grants):
            known = ", ".join(grant.exemption.id for grant in grants) or "none"
            raise vetting.Objection(f"there is no exemption {options.id} here; there is {known}")
        put(options.state / EXEMPTIONS, write_grants(vetting.pruned(kept, here.today())))
    here.announce(f"exempt remove: {options.id}, by {here.account()!a}")
    show(options, f"{options.id} is removed; it holds no more.", {"removed": options.id})
    return 0


def _expire(options: argparse.Namespace) -> int:
    with amending(options.state):
        grants = ended(_grants(options.state), options.id, here.today())
        put(options.state / EXEMPTIONS, write_grants(vetting.pruned(grants, here.today())))
    here.announce(f"exempt expire: {options.id}, by {here.account()!a}")
    words = f"{options.id} holds no more; it stays on the list for {vetting.KEPT_DAYS} days."
    show(options, words, {"expired": options.id})
    return 0


def _export(options: argparse.Namespace) -> int:
    with as_owner(options.state):
        grants = _grants(options.state)
    print(write_grants(g for g in grants if not vetting.is_over(g.exemption, here.today())), end="")
    return 0


def _import(options: argparse.Namespace) -> int:
    text = options.file.read(MOST_OCTETS + 1)
    if len(text) > MOST_OCTETS:
        raise vetting.Objection(f"{options.file.name} holds more than {MOST_OCTETS} octets")
    coming = read_grants(text.decode("utf-8", "replace"), options.file.name)
    policy, today = policy_from(options.policy), here.today()
    with amending(options.state):
        merged = merge(coming, _grants(options.state), policy, today)
        if merged.new and not options.dry_run:
            put(options.state / EXEMPTIONS, write_grants(vetting.pruned(merged.grants, today)))
    if merged.new and not options.dry_run:
        here.announce(f"exempt import: {', '.join(merged.new)}, by {here.account()!a}")
    verb = "would be let in from now on" if options.dry_run else "is let in from now on"
    lines = [f"{identity} {verb}" for identity in merged.new]
    lines += [f"{identity} {why}" for identity, why in merged.left_out.items()]
    facts = {"new": merged.new, "left_out": merged.left_out}
    show(options, "\n".join(lines) or "There was no exemption in it.", facts)
    return 0


def _grants(state: Path) -> tuple[Grant, ...]:
    """Read the exemptions of this host; raises Damaged rather than to write over them."""
    file = state / EXEMPTIONS
    try:
        return read_grants(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        return ()


ORDERS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "add": (_add, "let a client in from now until a day, whatever its reverse DNS"),
    "list": (_list, "who is let in, until when, by whom and why"),
    "remove": (_remove, "take an exemption of this host back"),
    "expire": (_expire, "end an exemption of this host, and keep it on the list for a while"),
    "export": (_export, "write the exemptions of this host that hold, as JSON"),
    "import": (_import, "take over exemptions that another host exported"),
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate release: the releases of this host, and the way from one to another."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..probe import host as probing
from ..probe.result import Verdict
from ..releases import deadman, drain
from ..releases.change import carry_out, change
from ..releases.history import Why, gone_back, previous, read
from ..releases.host import Host, Refused
from ..releases.place import ROOT, NoRelease, changing, current, names, release
from ..releases.plan import judges
from ..shared.timed import moment
from . import here, status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order."""

    current: str
    words: str
    before: str = ""
    changed: bool = False
    differences: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    seconds: float = 0.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the orders and their options."""
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    orders = parser.add_subparsers(dest="order", required=True, metavar="ORDER")
    for name, (_run, words) in ORDERS.items():
        order = orders.add_parser(name, help=words, description=words.capitalize() + ".")
        order.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name in ("back", "to"):
            order.add_argument("release", nargs="?" if name == "back" else 1, default="",
                               metavar="HASH")  # fmt: skip
            order.add_argument("--dry-run", action="store_true", help="only say what would change")
        if name == "to":
            order.add_argument("--armed", action="store_true",
                               help="only while the dead-man's switch is set")  # fmt: skip
    parser.epilog = (
        "`back` alone undoes the last step and, said again, changes nothing. The gate's state,"
        " keys, passwords and certificates are no release's. Exit status: 0, 64 usage, 70 failure."
    )


def run(options: argparse.Namespace) -> int:
    """Do what was ordered; return the exit status."""
    order, _words = ORDERS[options.order]
    try:
        done = order(options)
    except (NoRelease, Refused) as error:
        print(f"ptrgate release: {error}", file=sys.stderr)
        return status.FAILURE
    except PermissionError as error:
        print(f"{error.filename}: {error.strerror}; this needs root", file=sys.stderr)
        return status.FAILURE
    print(_json(done) if options.json else _story(done))
    return status.FAILURE if done.wrong else 0


def _list(options: argparse.Namespace) -> Outcome:
    now, steps = current(options.root), read(options.root)
    back = previous(steps, now)
    marks = {now: "in use", back: "`ptrgate release back` leads here"}
    last = {step.release: moment(step.at) for step in steps if step.at}
    lines = [
        f"{name}  {last.get(name, 'never in use'):<20}  {marks.get(name, '')}".rstrip()
        for name in names(options.root)
    ]
    return Outcome(now, "\n".join(lines), before=back)


def _back(options: argparse.Namespace) -> Outcome:
    """Go back: to a release by its name, or to the one before, once."""
    with changing(options.root):
        now, steps = current(options.root), read(options.root)
        wanted = options.release or previous(steps, now)
        if not wanted:
            return Outcome(now, _nothing(options.root, now))
        done = _go(options, wanted, Why.BACK)
        if options.dry_run or done.wrong:
            return done
        host = Host(root=options.root)  # whoever went back needs no dead-man's switch
        return replace(done, wrong=(*drain.undrain(host), *deadman.disarm(host)))


def _nothing(root: Path, now: str) -> str:
    others = [name for name in names(root) if name != now]
    there = f" By name there are: {', '.join(others)}." if others else ""
    if step := gone_back(read(root), now):
        return f"{now} is in use since this host went back at {moment(step.at)}; it stays.{there}"
    return f"{now or 'No release'} is the first that this host ran: nothing to go back to.{there}"


def _to(options: argparse.Namespace) -> Outcome:
    with changing(options.root):
        if options.armed and deadman.armed(options.root) is None:
            raise Refused("the dead-man's switch is not set: its time may be over; nothing changed")
        return _go(options, options.release[0], Why.FORWARD)


def _go(options: argparse.Namespace, wanted: str, why: Why) -> Outcome:
    return put_to_use(options.root, wanted, why, dry=options.dry_run)


def put_to_use(root: Path, wanted: str, why: Why, *, dry: bool = False) -> Outcome:
    """Go to a release, or only say what would differ. Raises NoRelease and Refused."""
    began, now = time.monotonic(), current(root)
    after = release(root, wanted)
    if wanted == now:
        return Outcome(now, f"{now} is in use already.")
    way = change(Host(root=root), release(root, now, whole=False), after)
    told = tuple(way.told())
    if dry:
        return Outcome(now, f"{wanted} would be in use instead of {now}.", now, True, told)
    wrong = tuple(carry_out(way, why)) or (_silent() if judges(way.sides) else ())
    here.announce(f"release {wanted} instead of {now} ({why}), by {here.account()!a}")
    words = f"{wanted} is in use instead of {now}."
    done = Outcome(wanted, words, now, True, told, wrong)
    return replace(done, seconds=round(time.monotonic() - began, 1))


def _silent() -> tuple[str, ...]:
    """Say that the milter does not answer; nothing if it does."""
    answer = probing.milter()
    return () if answer.verdict is Verdict.OK else (f"the milter: {answer.got}",)


def _json(done: Outcome) -> str:
    rows = {name: getattr(done, name) for name in Outcome.__slots__}
    return json.dumps(rows, indent=2)


def _story(done: Outcome) -> str:
    lines = [done.words, *(f"  {one}" for one in done.differences)]
    lines += [f"WRONG: {one}" for one in done.wrong]
    return "\n".join(lines + ([f"{done.seconds} s"] if done.seconds else []))


ORDERS: dict[str, tuple[Callable[[argparse.Namespace], Outcome], str]] = {
    "list": (_list, "the releases of this host, the newest first"),
    "back": (_back, "return to the release before, or to the one that is named"),
    "to": (_to, "put a release that lies on this host to use"),
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate rollout: what playbooks/rollout.yml asks of a host, an order a step."""

import argparse
import json
import socket
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..releases import claim, deadman, drain
from ..releases.change import change
from ..releases.history import Why, prune
from ..releases.host import Host, Refused
from ..releases.place import ROOT, NoRelease, Release, changing, current, release
from ..releases.postconf import Row
from ..releases.trial import trial
from ..shared.timed import moment
from . import here, status
from .release import put_to_use
from .rollout_look import look

Facts = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the orders and their options."""
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    orders = parser.add_subparsers(dest="order", required=True, metavar="ORDER")
    made = {
        name: orders.add_parser(name, help=words, description=words.capitalize() + ".")
        for name, (_run, words) in ORDERS.items()
    }
    made["look"].add_argument("--since", type=float, metavar="UNIX-TIME",
                              help="of what Postfix rejected; default: of ten minutes")  # fmt: skip
    made["lock"].add_argument("--run", required=True, dest="ours", help="which rollout")
    made["lock"].add_argument("--owner", required=True, type=here.one_line)
    made["unlock"].add_argument("--run", default="", dest="ours", help="only of this rollout")
    made["unlock"].add_argument("--dry-run", action="store_true", help="only say whose it is")
    made["arm"].add_argument("release", metavar="HASH", help="what is to be put to use")
    made["arm"].add_argument("--seconds", type=int, default=600, help="default: %(default)s")
    made["trial"].add_argument("release", metavar="HASH", help="what is to be put to use")
    made["trial"].add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE",
                               help="of Postfix, to be tried too; may be repeated")  # fmt: skip
    made["disarm"].add_argument("release", metavar="HASH", help="what is well")
    made["disarm"].add_argument("--keep", type=int, default=5, help="releases that stay")
    made["drain"].add_argument("--seconds", type=int, default=300, help="then it ends by itself")
    made["drain"].add_argument("--wait", type=float, default=30, help="for sessions to end")
    made["drain"].add_argument("--but", action="append", default=[], metavar="ADDRESS")
    parser.epilog = "Answers are JSON. Exit status: 0, 64 usage, 70 failure."


def run(options: argparse.Namespace) -> int:
    """Do what was ordered; return the exit status."""
    order, _words = ORDERS[options.order]
    try:
        facts = order(options)
    except (NoRelease, Refused) as error:
        print(error, file=sys.stderr)
        return status.FAILURE
    except PermissionError as error:
        print(f"{error.filename}: {error.strerror}; this needs root", file=sys.stderr)
        return status.FAILURE
    print(json.dumps(facts, indent=2))
    return status.FAILURE if facts.get("wrong") else 0


def _look(options: argparse.Namespace) -> Facts:
    return look(options.root, options.since)


def _lock(options: argparse.Namespace) -> Facts:
    return asdict(claim.take(options.root, options.ours, options.owner))


def _unlock(options: argparse.Namespace) -> Facts:
    there = claim.held(options.root)
    changed = bool(there) if options.dry_run else claim.drop(options.root, options.ours)
    return {"changed": changed, "was": str(there or "")}


def _trial(options: argparse.Namespace) -> Facts:
    host, now = Host(root=options.root), current(options.root)
    way = change(host, release(options.root, now), release(options.root, options.release))
    pairs = [one.partition("=") for one in options.parameter]
    more = tuple(Row("parameters", name, None, value) for name, _, value in pairs)
    way = replace(way, rows=(*way.rows, *more))
    name = str(way.after.postfix.get("parameters", {}).get("myhostname") or socket.getfqdn())
    return {"wrong": trial(way, name, [f"postmaster@{name}", *_recipients(way.after)])}


def _recipients(new: Release) -> list[str]:
    """Return who exists here, as the release's self-test knows; nobody if it does not."""
    file = new.place / "etc/ptrgate/selftest.toml"
    told = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return [str(told["recipient"])] if told.get("recipient") else []


def _arm(options: argparse.Namespace) -> Facts:
    with changing(options.root):
        host = Host(root=options.root)
        now, new = current(options.root), release(options.root, options.release)
        if now == new.name:
            raise Refused(f"{now} is in use already: there is nothing to go back from")
        before = release(options.root, now)
        change(host, new, before)  # the way back is one that can be gone
        set_ = deadman.arm(host, before, options.seconds)
        words = f"goes back to {now} at {moment(set_.until)} unless it is told that all is well"
        here.announce(f"rollout: this host {words}")
        return asdict(set_) | {"words": words}


def _disarm(options: argparse.Namespace) -> Facts:
    with changing(options.root):
        now, there = current(options.root), deadman.armed(options.root)
        if now != options.release or there is None:
            gone = ", and the dead-man's switch is not set: it went back by itself"
            words = f"{options.release} is not what this host keeps: {now} is in use"
            raise Refused(words if there else words + gone)
        wrong = deadman.disarm(Host(root=options.root))
        prune(options.root, now, options.keep)
        return {"wrong": wrong, "release": now}


def _fire(options: argparse.Namespace) -> Facts:
    """What the dead-man's switch runs: go back, take sessions, remove the switch."""
    with changing(options.root):
        host, there = Host(root=options.root), deadman.armed(options.root)
        if there is None:
            return {"words": "the switch is not set"}
        here.announce(f"rollout: nobody said that all is well; going back to {there.release}")
        done = put_to_use(options.root, there.release, Why.BACK)
        return asdict(done) | {"wrong": [*done.wrong, *drain.undrain(host), *deadman.disarm(host)]}


def _drain(options: argparse.Namespace) -> Facts:
    return {"open": drain.drain(options.seconds, options.but, options.wait)}


def _undrain(options: argparse.Namespace) -> Facts:
    return {"wrong": drain.undrain(Host(root=options.root)), "at": time.time()}


ORDERS: dict[str, tuple[Callable[[argparse.Namespace], Facts], str]] = {
    "look": (_look, "tell how this host is, and what was counted so far"),
    "lock": (_lock, "claim this host for one rollout"),
    "unlock": (_unlock, "give this host free again"),
    "trial": (_trial, "try what a release tells Postfix in an instance of its own"),
    "arm": (_arm, "go back by itself in some time, unless disarmed"),
    "disarm": (_disarm, "keep the release that is in use"),
    "fire": (_fire, "go back now, as the dead-man's switch does"),
    "drain": (_drain, "take no new sessions on port 25 for some time"),
    "undrain": (_undrain, "take sessions again"),
}

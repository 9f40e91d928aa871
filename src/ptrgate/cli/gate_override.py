# SPDX-License-Identifier: GPL-3.0-or-later
"""``ptrgate gate override``: the operator's order for some hours, and what it may say."""

from __future__ import annotations

import argparse

from ..outbound.gate import OVERRIDES, Override, Rung
from ..outbound.settings import Settings
from . import timed

WORDS = "send mail directly, by the smarthost or not at all for some hours, whatever is proved"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    rungs = [rung.value for rung in OVERRIDES]
    parser.add_argument("rung", nargs="?", choices=rungs, help="how mail leaves meanwhile")
    timed.add_arguments(parser)
    parser.add_argument("--end", action="store_true", help="end the override now")
    parser.epilog = "Without an order it tells how it stands, and changes nothing."


def problem(options: argparse.Namespace, settings: Settings) -> str:
    """Return what is wrong with an order, or nothing."""
    given = [options.hours is not None, options.reason is not None]
    if options.end and (options.rung or options.owner or any(given)):
        return "--end stands alone: it ends the override"
    if options.rung and not all(given):
        return f"an override needs its end and its reason. {timed.TOGETHER}"
    if (any(given) or options.owner) and not options.rung:
        return f"say how mail shall leave: {', '.join(OVERRIDES)}"
    if options.rung == Rung.SMARTHOST and not settings.smarthost:
        return "there is no smarthost to send by: set ptrgate_smarthost and run site.yml"
    return ""


def wanted(options: argparse.Namespace) -> Override | None:
    """Return the order; None ends one."""
    return None if options.end else Override(*timed.period(options), rung=Rung(options.rung))

# SPDX-License-Identifier: GPL-3.0-or-later
"""--hours, --reason and --owner: what every order that ends by itself is asked for."""

import argparse
import time

from ..shared.timed import MOST_HOURS
from . import here

_HOUR = 3600
TOGETHER = "--hours and --reason go together: how long, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--hours", type=_hours, help=f"how long, at most {MOST_HOURS:g}")
    parser.add_argument("--reason", type=here.one_line, help="why; everybody will ask")
    parser.add_argument("--owner", type=here.one_line, help="who answers for it, default: you")


def period(options: argparse.Namespace) -> tuple[int, int, str, str]:
    """Return what was ordered, from now on: began, until, owner, reason."""
    began = int(time.time())
    owner = options.owner or here.account()
    return began, began + round(options.hours * _HOUR), owner, options.reason


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 1 <= hours * _HOUR <= MOST_HOURS * _HOUR:
        words = f"{text!a}; allowed: more than 0 and at most {MOST_HOURS:g}, such as 2 or 0.5"
        raise argparse.ArgumentTypeError(words)
    return hours

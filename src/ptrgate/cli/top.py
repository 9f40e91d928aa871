# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate top: this host now, again and again, in a terminal; once where there is none."""

import argparse
import json
import os
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..metrics.look import GATE, Look
from ..metrics.rates import Facts, facts
from ..shared.amending import CannotAmendError, as_owner
from . import status
from .here import add_state_argument
from .top_frame import lines

# Another screen, so that what stood there comes back; no cursor; home, to the end of line, below.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _END_OF_LINE, _BELOW = "\x1b[H", "\x1b[K\r\n", "\x1b[J"
Wait = Callable[[float], bool | None]
_QUIT = b"qQ\x03\x04"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--seconds", type=_seconds, default=2.0, help="between two looks, default: %(default)g")
    add("--once", action="store_true", help="look twice, tell once")
    add("--json", action="store_true", help="once, in JSON")
    add_state_argument(parser)
    parser.epilog = "q leaves. Changes nothing. Exit status: 0, 70 nothing to read."


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:  # noqa: PLR2004 (an hour)
        raise argparse.ArgumentTypeError(f"{text!a}; allowed: 0.1 to 3600")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Look and tell, until it is enough; return the exit status."""
    try:
        if options.json or options.once or not _is_terminal():
            _tell(next(_looks(options, time.sleep)), as_json=options.json)
        else:
            with _screen() as wait:
                for told in _looks(options, wait):
                    _paint(told)
    except (CannotAmendError, OSError) as error:
        print(f"ptrgate top: {error}", file=sys.stderr)
        return status.FAILURE
    except StopIteration:
        pass
    return 0


def _is_terminal() -> bool:
    can_paint = os.environ.get("TERM", "dumb") != "dumb"
    return can_paint and sys.stdin.isatty() and sys.stdout.isatty()


def _looks(options: argparse.Namespace, wait: Wait) -> Iterator[Facts]:
    before, began = _look(options), time.monotonic()
    while not wait(options.seconds):
        after, now = _look(options), time.monotonic()
        yield facts(before, after, now - began, time.time())
        before, began = after, now


def _look(options: argparse.Namespace) -> Look:
    with as_owner(options.state):
        return Look.at(options.state, options.state.parent / GATE.name)


def _tell(told: Facts, *, as_json: bool) -> None:
    print(json.dumps(told, indent=2) if as_json else "\n".join(lines(told)))


@contextmanager
def _screen() -> Iterator[Wait]:
    """Have the terminal; yields a wait for so many seconds that tells whether to leave."""
    keys = sys.stdin.fileno()
    before = termios.tcgetattr(keys)

    def wait(seconds: float) -> bool:
        ready, _, _ = select.select([keys], [], [], seconds)
        return bool(ready) and (not (read := os.read(keys, 64)) or any(k in _QUIT for k in read))

    try:
        tty.setcbreak(keys)
        print(_ENTER, end="", flush=True)
        yield wait
    finally:
        print(_LEAVE, end="", flush=True)
        termios.tcsetattr(keys, termios.TCSADRAIN, before)


def _paint(told: Facts) -> None:
    width, height = shutil.get_terminal_size()
    shown = [time.strftime("ptrgate top   %H:%M:%S   q leaves"), "", *lines(told, width)]
    rows = _END_OF_LINE.join(line[:width] for line in shown[: height - 1])
    print(f"{_HOME}{rows}{_END_OF_LINE}{_BELOW}", end="", flush=True)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``systemctl reload`` runs: has the supervisor try the files as they are now, and waits.

``python3 -m ptrgate.milter.reload PID --state DIRECTORY`` returns 0 when workers of the new
generation serve, and 1 if it was refused: the old one goes on, and the supervisor has said why.
"""

import argparse
import os
import signal
import sys
import time

from ..shared.bulletin import Bulletin
from ..shared.notify import Level, say

_PATIENCE = 60.0  # seconds; a candidate has a third of that
_POLL = 0.05


def main() -> int:
    """Ask, wait and tell by the exit status."""
    parser = argparse.ArgumentParser(prog="ptrgate-milter-reload", description=__doc__)
    parser.add_argument("pid", type=int, help="the supervisor")
    parser.add_argument("--state", required=True, help="directory of its bulletin")
    given = parser.parse_args()
    before = _tried(Bulletin.read(given.state))
    os.kill(given.pid, signal.SIGHUP)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        now = Bulletin.read(given.state)
        if _tried(now) != before:
            return 1 if now.refused else 0
        time.sleep(_POLL)
    say(Level.ERROR, f"the supervisor has not said within {_PATIENCE:.0f} s what became of it")
    return 1


def _tried(said: Bulletin) -> int:
    return said.reloads + said.reloads_refused


if __name__ == "__main__":
    sys.exit(main())

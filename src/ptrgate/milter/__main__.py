# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the milter: ``python3 -m ptrgate.milter --policy P --keys K [--door D] [--state D]``."""

import argparse
import sys
from functools import partial
from pathlib import Path

from ..shared.listening import NoSocketError, listening_socket
from ..shared.notify import Level, say
from .child import Material
from .report import Report
from .succession import BAD_CONFIGURATION
from .supervisor import Supervisor


def main() -> int:
    """Supervise until told to stop; 78 if policy, keys or socket cannot be used."""
    parser = argparse.ArgumentParser(prog="ptrgate-milter", description=__doc__)
    parser.add_argument("--policy", type=Path, required=True, help="the policy file (TOML)")
    parser.add_argument("--keys", type=Path, required=True, help="the keys that sign notices")
    parser.add_argument("--socket", help="path to listen on, where systemd passes no socket")
    parser.add_argument("--door", default="", help="socket of ptrgate-dns, if any")
    parser.add_argument("--state", default="", help="directory of what workers remember")
    given = parser.parse_args()
    try:
        listening = listening_socket(given.socket)
    except (NoSocketError, OSError) as error:
        say(Level.ERROR, f"cannot listen: {error}")
        return BAD_CONFIGURATION
    read = partial(Material.read, given.policy, given.keys, given.door, given.state)
    return Supervisor(listening, read, Report(given.state)).run()


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Share with the fleet: ``python3 -m ptrgate.fleet --url URL --state D --keys K --policy P``."""

import argparse
import socket
import sys
from pathlib import Path

from ..judge.policy import BadPolicy, Policy, load
from ..judge.token import BadKeys, Keys
from ..shared.notify import Level, say
from ..shared.paper import paper
from .exemptions import Exemptions
from .keeper import Keeper
from .lessons import Lessons
from .store import Store
from .telling import Telling

BAD_CONFIGURATION = 78  # sysexits.h, EX_CONFIG


def main() -> int:
    """Share until killed; 78 if keys, policy or URL cannot be used."""
    parser = argparse.ArgumentParser(prog="ptrgate-share", description=__doc__)
    parser.add_argument("--url", required=True, help="rediss://[USER@]HOST[:PORT][/NUMBER]")
    parser.add_argument("--ca", default="", help="file of the authorities that vouch for it")
    parser.add_argument("--password", type=Path, required=True, help="file of its password")
    parser.add_argument("--state", type=Path, required=True, help="where the milter remembers")
    parser.add_argument("--keys", type=Path, required=True, help="the fleet's keys")
    parser.add_argument("--policy", type=Path, required=True, help="the policy file (TOML)")
    given = parser.parse_args()
    policy = Current(given.policy)
    telling = Telling(say)
    try:
        policy()
        keys = Keys.read(paper(given.keys))
        store = Store(given.url, paper(given.password).strip(), given.ca)
    except (OSError, ValueError, BadKeys, BadPolicy) as error:
        say(Level.ERROR, f"nothing can be shared: {error}")
        return BAD_CONFIGURATION
    exemptions = Exemptions(given.state, policy, keys, socket.gethostname(), telling)
    Keeper(store, exemptions, Lessons(given.state, keys, telling), policy, telling, say).keep()
    return 0


class Current:
    """The policy in force, read again when another release is."""

    def __init__(self, file: Path) -> None:
        """Read it from ``file`` when it is asked for."""
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._policy = Policy.default()

    def __call__(self) -> Policy:
        """Return it; raises OSError or BadPolicy."""
        status = self._file.stat()
        seen = status.st_ino, status.st_mtime_ns
        if seen != self._seen:
            self._policy = load(paper(self._file), source=str(self._file))
            self._seen = seen
        return self._policy


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host was told at run time, as a verb sees it: exemptions, the pause, what is odd."""

import argparse
import os
import pwd
import syslog
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ..judge.policy import Circumstances, Exemption
from ..shared.amending import CannotAmendError, as_owner
from ..shared.glance import Glance, glance
from ..shared.grants import Grant, Pause
from ..shared.overrides import Overrides

STATE = Path("/var/lib/ptrgate/milter")


@dataclass(frozen=True, slots=True)
class Here:
    """The grants that hold on this host, and sentences about what could not be read."""

    grants: tuple[Grant, ...] = ()
    pause: Pause | None = None
    notes: tuple[str, ...] = ()
    glance: Glance = Glance()  # noqa: RUF009 - it is frozen

    @property
    def exemptions(self) -> tuple[Exemption, ...]:
        """The exemptions made at run time, expired ones too."""
        return tuple(grant.exemption for grant in self.grants)

    @property
    def circumstances(self) -> Circumstances:
        """What the policy is to know besides DNS."""
        return Circumstances(paused=self.pause is not None, exemptions=self.exemptions)


def add_state_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--state``, where the milter keeps what it is told and remembers."""
    parser.add_argument("--state", type=Path, default=STATE, metavar="DIR", help=argparse.SUPPRESS)


def look(directory: Path, address: str = "", days: int = 0) -> Here:
    """Read what holds here, and what is remembered for ``days`` of an address.

    A host without a milter has nothing. Never fails.
    """
    if not directory.parent.is_dir():
        return Here()
    try:
        with as_owner(directory):
            overrides = Overrides(directory)
            seen = glance(directory, address, days) if address else Glance()
            return Here(overrides.grants(), overrides.paused(), overrides.problems(), seen)
    except CannotAmendError as error:
        missing = not os.path.lexists(directory)
        return Here(notes=() if missing else (f"run-time exemptions and pause: {error}",))


def today() -> date:
    """Return the day in UTC, by which exemptions end."""
    return datetime.now(UTC).date()


def account() -> str:
    """Return the account of whoever typed the command, also behind sudo."""
    name = os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME")
    return name or pwd.getpwuid(os.getuid()).pw_name


def announce(sentence: str) -> None:
    """Leave one line in the journal of this host: who changed what is worth finding later."""
    syslog.openlog("ptrgate", 0, syslog.LOG_MAIL)
    syslog.syslog(syslog.LOG_NOTICE, sentence)


def one_line(text: str) -> str:
    """Read an argument that has to be said in one line; ArgumentTypeError otherwise."""
    words = text.strip()
    if not words or not words.isprintable() or len(words) > _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!a} is not one line of 1 to {_LONGEST} characters")
    return words


_LONGEST = 200

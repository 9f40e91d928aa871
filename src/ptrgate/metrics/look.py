# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything there is to tell of a host at one moment, read from its files; nobody is asked."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..fleet import status
from ..fleet.status import Status
from ..outbound import state as gate
from ..requests import book
from ..shared.bulletin import Bulletin
from ..shared.tally import Tally
from ..survey import noted
from ..survey.noted import Survey

MILTER = Path("/var/lib/ptrgate/milter")
GATE = Path("/var/lib/ptrgate/gate.json")
REQUESTS = Path("/var/lib/ptrgate/requests")


@dataclass(frozen=True, slots=True)
class Look:
    """What was counted, None if nothing was yet; the supervisor's words; gate and survey, if any.

    A gate whose file is damaged is one that cannot be seen: `ptrgate gate status` says why.
    ``asked`` requests for exceptions wait, None where nobody can ask. ``shared`` is how the sharing
    with the fleet stands, None where nothing is shared.
    """

    tally: Tally | None
    bulletin: Bulletin
    gate: gate.Record | None
    survey: Survey | None = None
    asked: int | None = None
    shared: Status | None = None

    @classmethod
    def at(
        cls,
        milter: Path,
        gate_file: Path,
        *,
        survey_file: Path = noted.FILE,
        requests: Path = REQUESTS,
        share_file: Path = status.FILE,
    ) -> Self:
        """Look; raises OSError if the numbers are there and cannot be read."""
        tally = record = None
        with suppress(FileNotFoundError):
            tally = Tally.read(milter)
        with suppress(gate.BadState):
            record = gate.read(gate_file)
        return cls(
            tally,
            Bulletin.read(str(milter)),
            record,
            noted.read(survey_file),
            _asked(requests),
            status.read(share_file),
        )


def _asked(requests: Path) -> int | None:
    if not requests.is_dir():
        return None
    file = requests / book.BOOK
    with suppress(OSError, ValueError):
        return book.waiting(book.read(file.read_text(encoding="utf-8"), str(file)))
    return 0

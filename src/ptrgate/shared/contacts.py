# SPDX-License-Identifier: GPL-3.0-or-later
"""The domains that own users wrote to, in the memory's file: a timer writes, workers read."""

import contextlib
import os
from collections.abc import Collection
from pathlib import Path

from .ledger import Ledger
from .memory import BATCH, FILE_NAME

MOST = 100_000  # domains; those written to longest ago go first
_STAMP = "learned"
_DAY = 86400


class Contacts:
    """The domains known in one state directory; everything may raise sqlite3.Error and OSError."""

    def __init__(self, directory: Path) -> None:
        """Know what stands in ``directory``."""
        self._directory = directory

    def learned_at(self) -> float:
        """Return when (seconds since the epoch) something was last learned; 0 if never."""
        with contextlib.suppress(FileNotFoundError):
            return (self._directory / _STAMP).stat().st_mtime
        return 0.0

    def learn(self, domains: Collection[str], *, days: int, now: float) -> int:
        """Note that the domains were written to lately, forget the old; return how many there are.

        ``days`` is for how long one counts; with 0 all are forgotten.
        """
        ledger, today = Ledger(self._directory / FILE_NAME), int(now // _DAY)
        keys = sorted(domain.encode() for domain in domains)
        for at in range(0, len(keys), BATCH):
            ledger.note("written", dict.fromkeys(keys[at : at + BATCH], today), today)
        oldest = today - days + 1
        while ledger.prune("written", before=oldest, limit=MOST, batch=BATCH) >= BATCH:
            pass
        stamp = self._directory / _STAMP
        stamp.touch(mode=0o640)
        os.utime(stamp, (now, now if days else 0))
        return ledger.count("written")


def is_known(ledger: Ledger, domain: str, *, days: int, now: float) -> bool:
    """Tell whether own users wrote to this domain in the last ``days``."""
    day = ledger.noted("written", domain.encode("utf-8", "surrogateescape"))
    return day is not None and day > now // _DAY - days

# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of an order of ``ptrgate gate``: the journal's lines, the operator's letter."""

from __future__ import annotations

import os
import sys

from ..outbound import journal, report
from ..outbound.keeper import Change, Keeper
from ..outbound.mail import PostfixFailed
from ..outbound.notice import notice
from ..outbound.state import Record
from . import here


def say(keeper: Keeper, change: Change) -> None:
    """Leave the lines in the journal, whoever calls, and tell the operator by mail if he asked."""
    lines = list(journal.lines(change))
    for line in lines:
        print(line, file=sys.stderr)
        if "JOURNAL_STREAM" not in os.environ:
            here.announce(line)
    if lines and keeper.settings.notify and not journal.repeats(change):
        _write(keeper, lines, report.status(change.after, guarded(keeper)))


def guarded(keeper: Keeper) -> list[str]:
    """Return the queue ids of what the guard holds."""
    return [one.queue_id for one in keeper.guard.guarded()]


def facts(keeper: Keeper, record: Record) -> dict[str, object]:
    """Return what ``--json`` prints."""
    return report.as_dict(record, keeper.terms) | {"guarded": guarded(keeper)}


def _write(keeper: Keeper, lines: list[str], status: str) -> None:
    try:
        keeper.postfix.send(keeper.settings.notify, notice(keeper.settings, lines, status))
    except PostfixFailed as error:
        print(f"gate event=not_notified: {error}", file=sys.stderr)

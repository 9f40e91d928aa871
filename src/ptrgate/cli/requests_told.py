# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests in words: the list, those that wait first, and all of one."""

import sys
import textwrap
from collections.abc import Collection

from ..requests.book import DAY
from ..requests.request import Request, State
from ..shared.timed import moment

_ORDER = (State.WAITING, State.APPROVED, State.DENIED)


def table(kept: Collection[Request], days: int) -> str:
    """Return the list for a terminal."""
    if not kept:
        return "Nobody asks for an exception."
    rows = sorted(kept, key=lambda one: (_ORDER.index(one.state), one.made))
    cells = [("id", "state", "address", "finding", "asked", "forgotten", "mailbox")]
    cells += [
        (
            one.id,
            one.state.value,
            one.address,
            one.finding.value,
            moment(one.made)[:10],
            moment(one.made + days * DAY)[:10],
            one.mailbox,
        )
        for one in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def told(request: Request, days: int) -> str:
    """Return all of one; the reason is a stranger's, and stands indented, last."""
    why = request.finding.value
    lines = [
        f"request {request.id} {request.state.value}",
        f"  for        {request.address}, refused {moment(request.refused)} ({why})",
        f"  by         {request.mailbox}, who opened the link that was sent there",
        f"  asked      {moment(request.made)}; forgotten {moment(request.made + days * DAY)}",
    ]
    if request.decided:
        lines.append(f"  decided    {moment(request.decided)} by {request.by}")
    if request.state is not State.APPROVED:
        lines.append(f"  let it in  ptrgate requests approve {request.id} --tell")
    if request.state is State.WAITING:
        lines.append(f"  or not     ptrgate requests deny {request.id} --tell")
    lines.append(f"  look       ptrgate why {request.address}")
    lines.append("  says, and nobody has checked it:")
    lines += textwrap.wrap(request.reason, 76, initial_indent="    | ", subsequent_indent="    | ")
    encoding = sys.stdout.encoding or "ascii"
    return "\n".join(lines).encode(encoding, "backslashreplace").decode(encoding)


def times(request: Request, days: int) -> dict[str, object]:
    """Return the times of a request as people read them."""
    decided = moment(request.decided) if request.decided else None
    forgotten = moment(request.made + days * DAY)
    return {
        "refused": moment(request.refused),
        "made": moment(request.made),
        "decided": decided,
        "forgotten": forgotten,
    }

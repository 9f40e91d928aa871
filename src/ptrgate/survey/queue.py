# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is in Postfix's queue, and since when, at a cost that a huge queue does not raise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What is counted of one queue: reading so many takes some seconds, and whoever has more has enough.
MOST = 20_000
SECONDS = 20.0
QUEUES = ("maildrop", "incoming", "active", "deferred", "hold")


class CutOffError(Exception):
    """The listing was ended before it was whole."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages of each of Postfix's queues, and the arrival of its oldest (Unix time, 0: none).

    Where it is not ``whole``, there are at least so many, and one of them is at least so old.
    """

    messages: Mapping[str, int]
    oldest: Mapping[str, int]
    whole: bool


def counted(rows: Iterable[str], most: int = MOST) -> Queue:
    """Count the rows of ``postqueue -j`` as they come, at most ``most``; keeps none of them."""
    messages, oldest = dict.fromkeys(QUEUES, 0), dict.fromkeys(QUEUES, 0)
    try:
        for number, row in enumerate(rows):
            if number == most:
                return Queue(messages, oldest, whole=False)
            queue, arrival = _read(row)
            messages[queue] = messages.get(queue, 0) + 1
            oldest[queue] = min(oldest.get(queue) or arrival, arrival)
    except CutOffError:
        return Queue(messages, oldest, whole=False)
    return Queue(messages, oldest, whole=True)


def _read(row: str) -> tuple[str, int]:
    """Return queue and arrival of a row; a row without its end was cut off."""
    try:
        fields = json.loads(row)
        return str(fields["queue_name"]), int(fields["arrival_time"])
    except (ValueError, KeyError, TypeError):
        raise CutOffError from None

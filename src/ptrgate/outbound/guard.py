# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifetime guard: what waits for the gate is never returned because it became too old.

Postfix returns what it could not deliver for maximal_queue_lifetime. Half of that time gone, a
message that waits for the gate goes to the hold queue, where nothing expires. When the gate opens,
what the guard put there, and nothing else, is queued anew (``postsuper -r``): so it has its whole
lifetime again. After ``postsuper -H`` a busy receiver's first "try again" would return it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..shared.amending import put
from .gate import Rung
from .mail import LIFETIME, NULL_LIFETIME, Message, Postfix

# what Postfix writes of a message that the gate makes wait: the transport `hold` never starts, and
# that of one family cannot take the address that roles/postfix gives it for the other
GATE_WORDS = ("mail transport unavailable", "server configuration error")
NAMED = 5


@dataclass(frozen=True, slots=True)
class Guarded:
    """A message on the hold queue by the guard's doing, and the rung it waited at.

    The time of its arrival tells it from another message that got its queue id later.
    """

    queue_id: str
    arrival: int
    rung: Rung


@dataclass(frozen=True, slots=True)
class Kept:
    """What waits for the gate: all, those on the hold queue, the oldest's arrival (Unix time)."""

    waiting: int = 0
    guarded: int = 0
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class Tended:
    """What waits now, and what the guard did."""

    kept: Kept
    held: tuple[str, ...] = ()
    released: tuple[str, ...] = ()


def due(queue: Iterable[Message], now: float, limit: Callable[[str], float]) -> list[Message]:
    """Return the deferred messages that wait for the gate and have used half of their time.

    ``limit`` gives the seconds that a message of a sender is tried.
    """
    return [
        message
        for message in queue
        if message.queue == "deferred"
        and waits(message)
        and now - message.arrival >= limit(message.sender) / 2
    ]


def waits(message: Message) -> bool:
    """Tell whether a recipient of the message waits for the gate."""
    return any(words in reason for words in GATE_WORDS for reason in message.reasons)


class Guard:
    """The guard of this host: what it holds is named in ``file``."""

    def __init__(self, file: Path, postfix: Postfix) -> None:
        """Guard the queue of ``postfix``."""
        self._file, self._postfix = file, postfix

    def guarded(self) -> tuple[Guarded, ...]:
        """Return what the guard holds, as of its last look; nothing from a damaged file."""
        try:
            rows = json.loads(self._file.read_text(encoding="utf-8"))["messages"]
            return tuple(
                Guarded(str(row["queue_id"]), int(row["arrival"]), Rung(row["rung"]))
                for row in rows
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return ()

    def tend(self, rung: Rung, now: float) -> Tended:
        """Hold what would expire and release what may leave at ``rung``. Raises PostfixFailed."""
        before = self.guarded()
        if rung in (Rung.DIRECT, Rung.SMARTHOST) and not before:
            return Tended(Kept())
        queue = self._postfix.queue()
        there = {(one.queue_id, one.arrival) for one in queue if one.queue == "hold"}
        mine = tuple(one for one in before if (one.queue_id, one.arrival) in there)
        free = [one for one in mine if rung not in (Rung.HOLD, one.rung)]
        kept = [one for one in mine if one not in free]
        late = [] if rung in (Rung.DIRECT, Rung.SMARTHOST) else due(queue, now, self._limit)
        new = [Guarded(one.queue_id, one.arrival, rung) for one in late]
        # Written before it is done; what is named and not on hold is forgotten by the next look.
        self._write(before, [*mine, *new])
        self._postfix.hold([one.queue_id for one in new])
        self._postfix.requeue([one.queue_id for one in free])
        self._write([*mine, *new], [*kept, *new])
        return Tended(_kept(queue, [*kept, *new]), _ids(new), _ids(free))

    def _limit(self, sender: str) -> float:
        return self._postfix.seconds(LIFETIME if sender else NULL_LIFETIME)

    def _write(self, before: Sequence[Guarded], after: Sequence[Guarded]) -> None:
        if list(before) == list(after):
            return
        rows = [asdict(one) for one in after]
        put(self._file, json.dumps({"messages": rows}, indent=1) + "\n", mode=0o644)


def _kept(queue: Iterable[Message], guarded: Sequence[Guarded]) -> Kept:
    waiting = [one.arrival for one in queue if one.queue == "deferred" and waits(one)]
    ids = {one.queue_id for one in guarded}
    held = [one.arrival for one in queue if one.queue_id in ids and one.queue == "hold"]
    arrivals = [*waiting, *held]
    return Kept(len(arrivals), len(ids), min(arrivals, default=None))


def _ids(messages: Iterable[Guarded]) -> tuple[str, ...]:
    return tuple(one.queue_id for one in messages)


def some(ids: Sequence[str]) -> str:
    """Name a few of many messages."""
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more

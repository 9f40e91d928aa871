# SPDX-License-Identifier: GPL-3.0-or-later
"""Who passed and who was told at one host, for the others: in signed batches.

What a host *forgets* is not told: another may know better, and finds out by itself.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..judge.token import Keys
from ..shared.places import Place, address_at, place_of
from . import seal

BATCH = 500  # entries
OCTETS = 1 << 16  # of one batch
NOTES = {"warned4": 5, "warned6": 9}  # table -> octets of a key: address or /64, and the finding
_FINDINGS = 3  # for which clients are told
_AHEAD = 300  # seconds: a time further in the future is that of a wrong clock
_HOUR = 3600
Note = tuple[str, bytes]


class BadBatch(ValueError):  # noqa: N818 (what happened, as BadToken)
    """A batch that cannot be used; str() says why in words."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """Hours when addresses passed, and seconds when clients were told, since the epoch."""

    passed: Mapping[Place, int] = field(default_factory=dict)
    told: Mapping[Note, int] = field(default_factory=dict)


def batches(learnt: Learnt, keys: Keys) -> Iterator[bytes]:
    """Yield what the store is given."""
    passed = [(address_at(place), hour) for place, hour in learnt.passed.items()]
    told = [(f"{table}:{key.hex()}", when) for (table, key), when in learnt.told.items()]
    for at in range(0, max(len(passed), len(told)), BATCH):
        parts = {"passed": dict(passed[at : at + BATCH]), "told": dict(told[at : at + BATCH])}
        text = json.dumps(parts, separators=(",", ":"))
        yield seal.sealed(text, seal.LEARNT, keys)


def read(octets: bytes, keys: Keys, now: float) -> Learnt:
    """Read one batch; ``now`` in seconds. Nothing is looked at before the signature is.

    Raises BadBatch.
    """
    if len(octets) > OCTETS:
        raise BadBatch(f"it has more than {OCTETS} octets")
    try:
        known = json.loads(seal.unsealed(octets, seal.LEARNT, keys))
        hours = _most(known, "passed")
        passed = {place_of(one): _past(at * _HOUR, now) // _HOUR for one, at in hours}
        return Learnt(passed, {_note(one): _past(at, now) for one, at in _most(known, "told")})
    except seal.Unsealed as error:
        raise BadBatch(str(error)) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadBatch("it is no batch of addresses and times") from None


def _most(known: Any, part: str) -> list[tuple[str, int]]:
    entries = list(known[part].items())
    if len(entries) > BATCH or not all(type(value) is int for _, value in entries):
        raise ValueError
    return entries


def _past(at: int, now: float) -> int:
    if not 0 < at <= now + _AHEAD:
        raise ValueError
    return min(at, int(now))


def _note(text: str) -> Note:
    table, _, digits = text.partition(":")
    key = bytes.fromhex(digits)
    if len(key) != NOTES[table] or key[-1] >= _FINDINGS:
        raise ValueError
    return table, key

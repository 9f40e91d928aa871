# SPDX-License-Identifier: GPL-3.0-or-later
"""One exemption as the hosts of a fleet tell it: as it is now, or that it was taken back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..judge import kinds
from ..judge.policy import BadPolicy
from ..judge.token import Keys
from ..shared.grants import Grant, as_table, read_grant
from ..shared.vetting import KEPT_DAYS
from . import seal

OCTETS = 4096  # of one record
AHEAD = 300_000  # milliseconds: a time further in the future is that of a wrong clock
_KEYS = {"id", "at", "host", "until", "grant"}
_HOST = 253  # characters, as of a name


class BadRecord(ValueError):  # noqa: N818 (what happened, as BadToken)
    """What the store holds under an id cannot be used; str() says why in words."""


@dataclass(frozen=True, slots=True)
class Record:
    """What became of an exemption on ``host``, ``at`` milliseconds since the epoch.

    Without a ``grant`` it was taken back. After the day ``until`` nobody needs to know.
    """

    id: str
    at: int
    host: str
    until: date
    grant: Grant | None = None

    @property
    def age(self) -> tuple[int, str]:
        """What is compared: the last change holds, of two at once that of one of the hosts."""
        return self.at, self.host


def granted(grant: Grant, at: int, host: str) -> Record:
    """Return the record of an exemption that is there."""
    expires = grant.exemption.expires or date.min
    return Record(grant.exemption.id, at, host, expires + timedelta(days=KEPT_DAYS), grant)


def table(record: Record) -> dict[str, Any]:
    """Return a record as JSON has it."""
    grant = as_table(record.grant) if record.grant else None
    return {
        "id": record.id,
        "at": record.at,
        "host": record.host,
        "until": str(record.until),
        "grant": grant,
    }


def from_table(known: Any) -> Record:
    """Read what `table` made; raises BadRecord for whatever it did not make."""
    if not isinstance(known, dict) or known.keys() != _KEYS:
        raise BadRecord("it has other fields")
    try:
        grant = None if known["grant"] is None else read_grant(known["grant"], "it")
        record = Record(
            kinds.IDENTIFIER.read(known["id"]),
            _time(known["at"]),
            _host(known["host"]),
            kinds.DATE.read(known["until"]),
            grant,
        )
    except BadPolicy as error:
        raise BadRecord(str(error).partition("\n")[0]) from None
    except (ValueError, TypeError):
        raise BadRecord("a field of it is no id, time, name or day") from None
    if grant and granted(grant, record.at, record.host) != record:
        raise BadRecord("it contradicts itself")
    return record


def _time(value: Any) -> int:
    if type(value) is not int or not 0 < value < 1 << 53:
        raise ValueError
    return value


def _host(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _HOST:
        raise ValueError
    return value


def written(record: Record, keys: Keys) -> bytes:
    """Return what the store is given."""
    text = json.dumps(table(record), separators=(",", ":"), ensure_ascii=False)
    return seal.sealed(text, seal.EXEMPTION, keys)


def read(field: str, octets: bytes, keys: Keys, now: int) -> Record:
    """Read what the store holds under ``field``; ``now`` in milliseconds. Raises BadRecord.

    Nothing is looked at before the signature is.
    """
    if len(octets) > OCTETS:
        raise BadRecord(f"it has more than {OCTETS} octets")
    try:
        record = from_table(json.loads(seal.unsealed(octets, seal.EXEMPTION, keys)))
    except seal.Unsealed as error:
        raise BadRecord(str(error)) from None
    except (json.JSONDecodeError, RecursionError):
        raise BadRecord("it is no JSON") from None
    if record.id != field:
        raise BadRecord(f"it is about {record.id}")
    if record.at > now + AHEAD:
        seconds = (record.at - now) // 1000
        raise BadRecord(f"it was made {seconds} s from now: the clock of {record.host!a} or ours")
    return record


def readable(
    known: Mapping[str, bytes], keys: Keys, now: int
) -> tuple[dict[str, Record], dict[str, str]]:
    """Return the records that can be used, and why the others cannot be, by field."""
    records, refused = {}, {}
    for field, octets in known.items():
        try:
            records[field] = read(field, octets, keys, now)
        except BadRecord as error:
            refused[field] = str(error)
    return records, refused

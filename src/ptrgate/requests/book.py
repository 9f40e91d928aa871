# SPDX-License-Identifier: GPL-3.0-or-later
"""All requests of a host, and the file that holds them: bounded, and each ends by itself."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace

from ..judge.words import Finding
from .request import NEXT, Event, Request, State

BOOK = "requests.json"
MAX_REQUESTS = 100
DAY = 86400
_VERSION = 1
_MAX_TEXT = 1 << 20
_KINDS = {one.name: int if one.type == "int" else str for one in fields(Request)}


class Damaged(ValueError):  # noqa: N818 (what happened)
    """A file that must not be used or written over; str() says what is wrong with it."""


class Objection(ValueError):  # noqa: N818 (it is what is said to the operator)
    """Why something cannot be done; str() says what could be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a new request: ``book`` with it, the one that is ``known``, or it is full."""

    book: tuple[Request, ...]
    known: Request | None = None
    is_full: bool = False


def pruned(book: Collection[Request], now: float, days: int) -> tuple[Request, ...]:
    """Return the requests that are not older than ``days``."""
    return tuple(one for one in book if now - one.made < days * DAY)


def asked(book: Collection[Request], new: Request, days: int) -> Asked:
    """Take a request unless its address has one, whatever was decided, or there are too many."""
    kept = pruned(book, new.made, days)
    known = next((one for one in kept if one.address == new.address), None)
    if known or len(kept) >= MAX_REQUESTS:
        return Asked(kept, known, is_full=known is None)
    return Asked((*kept, new))


def found(book: Collection[Request], identity: str) -> Request:
    """Return the request called so. Raises Objection."""
    for one in book:
        if one.id == identity.upper():
            return one
    known = ", ".join(one.id for one in book) or "none"
    raise Objection(f"there is no request {identity!a} here; there is {known}")


def decided(request: Request, event: Event, now: float, by: str) -> Request:
    """Return the request as the operator decided. Raises Objection where that cannot follow."""
    state = NEXT.get((request.state, event))
    if state is None:
        back = "; ptrgate exempt list, and exempt remove, take the exemption back"
        raise Objection(
            f"{request.id} is {request.state.value} already"
            + back * (request.state is State.APPROVED)
        )
    return replace(request, state=state, decided=int(now), by=by)


def replaced(book: Collection[Request], changed: Request) -> tuple[Request, ...]:
    """Return the requests with one of them changed."""
    return tuple(changed if one.id == changed.id else one for one in book)


def waiting(book: Collection[Request]) -> int:
    """Return how many wait for the operator."""
    return sum(one.state is State.WAITING for one in book)


def write(book: Collection[Request]) -> str:
    """Return the text that `read` reads back."""
    rows = [asdict(one) for one in book]
    return json.dumps({"version": _VERSION, "requests": rows}, indent=2) + "\n"


def read(text: str, source: str) -> tuple[Request, ...]:
    """Read the file; ``source`` is its name in messages. Raises Damaged."""
    try:
        return tuple(_request(row) for row in _rows(text))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise Damaged(f"{source}: {error!a}") from None


def _rows(text: str) -> list[object]:
    if len(text) > _MAX_TEXT:
        raise ValueError("it is too large")
    told = json.loads(text)
    if told["version"] != _VERSION or not isinstance(told["requests"], list):
        raise ValueError("it is of another version")
    rows: list[object] = told["requests"]
    return rows


def _request(row: object) -> Request:
    if not isinstance(row, dict) or row.keys() != _KINDS.keys():
        raise ValueError("a request has the keys " + ", ".join(_KINDS))
    for name, kind in _KINDS.items():
        if type(row[name]) is not kind:
            raise TypeError(f"{name} is no {kind.__name__}")
    return Request(**row | {"finding": Finding(row["finding"]), "state": State(row["state"])})

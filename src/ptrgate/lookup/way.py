# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one question from the root to its end, and what that end says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dns.rdatatype import RdataType

from ..judge.answers import Answer, AnswerStatus
from ..judge.trail import Asked, Said, Trail
from .chain import MAX_CHAIN
from .labels import Labels, text
from .reply import Cut, Heard

INFRASTRUCTURE = 2  # labels of in-addr.arpa: if these zones fail us, we are the ones cut off


@dataclass(slots=True)
class Walk:
    """The way down to the answer of one question; ``asked`` grows as it goes."""

    rdtype: RdataType
    names: list[Labels]
    depth: int
    asked: list[Asked] = field(default_factory=list)
    cut: Cut = field(default_factory=lambda: Cut((), (), ()))
    replies: list[Heard] = field(default_factory=list)
    over: str = ""

    @property
    def heard(self) -> Heard | None:
        """The first reply with authority from the zone where the walk is."""
        return next(iter(self.answers), None)

    @property
    def answers(self) -> list[Heard]:
        """All replies with authority from there."""
        return [heard for heard in self.replies if heard.said is Said.ANSWER]

    @property
    def is_loop(self) -> bool:
        """Whether the aliases lead back, or on for ever."""
        alias = self.heard.alias if self.heard else None
        return alias is not None and (alias in self.names or len(self.names) > MAX_CHAIN)


def trail(walk: Walk) -> Trail:
    """Return what was seen on the way, as plain values."""
    is_lame = (
        len(walk.cut.zone) > INFRASTRUCTURE
        and not walk.over
        and bool(walk.replies)
        and all(heard.said is Said.LAME for heard in walk.replies)
    )
    return Trail(
        answer=answer(walk),
        chain=tuple(map(text, walk.names)),
        zone=text(walk.cut.zone),
        parent=text(walk.cut.parent),
        nameservers=tuple(text(label) for label, _ in walk.cut.servers if label),
        asked=tuple(walk.asked),
        is_lame=is_lame,
        differs=len({_gist(heard) for heard in walk.answers}) > 1,
        is_loop=walk.is_loop,
    )


def answer(walk: Walk) -> Answer:
    """Put the end of the walk in the words of a lookup.

    Servers that have different records count together, so that a pool of addresses is none the
    worse for it; where one says that there is none, a receiver may be told either: FAILED.
    """
    reading = walk.heard.reading if walk.heard and not walk.over else None
    queries = len(walk.asked)
    if reading is None or reading.status is None:
        return Answer(AnswerStatus.FAILED, reason=_why(walk), queries=queries)
    if len({bool(heard.values) for heard in walk.answers}) > 1:
        why = f"the name servers of {text(walk.cut.zone)} do not answer alike"
        return Answer(AnswerStatus.FAILED, reason=why, queries=queries)
    values = dict.fromkeys(value for heard in walk.answers for value in heard.values)
    return Answer(reading.status, tuple(values), ttl=reading.ttl, queries=queries)


def _gist(heard: Heard) -> tuple[str, ...]:
    """Return what must be alike; NXDOMAIN and NODATA say the same of one record."""
    return tuple(sorted(heard.values))


def _why(walk: Walk) -> str:
    if walk.over:
        return walk.over
    if walk.is_loop:
        return "the aliases (CNAME) lead in a circle"
    said = (f"{a.server or a.address} {a.reply}" for a in _last(walk))
    return "; ".join(dict.fromkeys(said)) or "there is no nameserver to ask"


def _last(walk: Walk) -> Iterator[Asked]:
    zone = text(walk.cut.zone)
    return (a for a in walk.asked if a.zone == zone and a.said in (Said.LAME, Said.SILENT))

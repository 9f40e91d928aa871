# SPDX-License-Identifier: GPL-3.0-or-later
"""How counters lie in their file: what is counted, and at which place.

The file is a row of slabs of `SLAB_BYTES`, each an array of unsigned 64-bit numbers in the byte
order of the host. The first slab holds the gauges, for all; each process counts in one of the
others. The file's name holds `VERSION`, made from all that is said here: another layout is
another file, and no number is ever read as what it is not.
"""

import bisect
import hashlib
import math
import mmap
from collections.abc import Mapping
from enum import IntEnum, auto
from typing import NamedTuple

from ..judge.words import EXEMPTION, Action, Family, Finding, Rule, Source, Stage

NONE = "none"  # in place of a value that a journal line does not have

# Upper bounds of the time that judging takes, in whole milliseconds as the journal has them; the
# last but one is the budget of a lookup (design 4).
BOUNDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000, 8000, math.inf)

WORD_BYTES = 8


class Counter(IntEnum):
    """What is counted besides sessions; a new one goes to the end."""

    ERRORS = 0  # of ours, each in one session
    BREAKER_TRIPS = auto()


class Gauge(IntEnum):
    """What has a value at the moment; the last one to set it holds, whichever process that was."""

    BREAKER_OPEN = 0  # 1: DNS is not believed
    MEMORY_ENTRIES = auto()  # addresses that are remembered
    CLIENTS_HIDDEN = auto()  # 1: most clients have private addresses
    LOST_SENDERS = auto()  # known good ones that came back without a name, of ten minutes
    WARNED_CLIENTS = auto()  # that are told first: their hours are running, or over


class Session(NamedTuple):
    """One kind of session: the fields of the journal line that are counted together."""

    finding: str
    rule: str
    action: str
    stage: str
    family: str


# The words of each field of a Session, in the order of their numbers.
WORDS: tuple[tuple[str, ...], ...] = (
    (NONE, *Finding),
    (NONE, EXEMPTION, *Rule),
    (NONE, *Action),
    (NONE, *Stage),
    (NONE, *Family),
)
SOURCES: tuple[str, ...] = tuple(Source)

# Where each part of a slab begins, in words.
SESSIONS_AT = 0
LATENCY_AT = SESSIONS_AT + math.prod(map(len, WORDS))  # a bucket a bound: not cumulative
MILLISECONDS_AT = LATENCY_AT + len(BOUNDS)  # the sum of what the buckets hold
SOURCES_AT = MILLISECONDS_AT + 1
QUERIES_AT = SOURCES_AT + len(SOURCES)
COUNTERS_AT = QUERIES_AT + 1
_USED = COUNTERS_AT + len(Counter)

_PAGE = mmap.ALLOCATIONGRANULARITY
SLAB_BYTES = -(-_USED * WORD_BYTES // _PAGE) * _PAGE
SLAB_WORDS = SLAB_BYTES // WORD_BYTES

_SAID = (WORDS, SOURCES, BOUNDS, list(Counter.__members__), list(Gauge.__members__), SLAB_BYTES)
VERSION = hashlib.sha256(repr(_SAID).encode()).hexdigest()[:8]
FILE_NAME = f"counters-{VERSION}"

_PLACES = tuple({word: place for place, word in enumerate(words)} for words in WORDS)
_SOURCES = {word: place for place, word in enumerate(SOURCES)}


def kind_of(values: Mapping[str, str]) -> Session:
    """Return what kind of session a journal line's ``values`` tell of; all exemptions are one."""
    kind = Session(*(values.get(field) or NONE for field in Session._fields))
    return kind._replace(rule=kind.rule.partition(":")[0])


def session_at(kind: Session) -> int:
    """Return the place of a kind of session; KeyError for a word that is not of the vocabulary."""
    at = 0
    for word, places in zip(kind, _PLACES, strict=True):
        at = at * len(places) + places[word]
    return SESSIONS_AT + at


def latency_at(milliseconds: int) -> int:
    """Return the place of the bucket for this time."""
    return LATENCY_AT + bisect.bisect_left(BOUNDS, milliseconds)


def source_at(source: str) -> int:
    """Return the place of a `Source`."""
    return SOURCES_AT + _SOURCES[source]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the processes of a host have counted, added up by somebody who only reads."""

import itertools
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .layout import (
    BOUNDS,
    COUNTERS_AT,
    FILE_NAME,
    LATENCY_AT,
    MILLISECONDS_AT,
    QUERIES_AT,
    SLAB_WORDS,
    SOURCES,
    SOURCES_AT,
    WORDS,
    Counter,
    Gauge,
    Session,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Totals of a host since its counters began.

    ``sessions`` has only kinds that occurred. ``latency`` counts the sessions up to each of
    `BOUNDS` milliseconds and above the bound before; ``milliseconds`` is the sum of their times.
    """

    sessions: Mapping[Session, int]
    latency: tuple[int, ...]
    milliseconds: int
    sources: Mapping[str, int]
    queries: int
    counters: Mapping[Counter, int]
    gauges: Mapping[Gauge, int]

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read what is counted in ``directory``; raises OSError, FileNotFoundError if nothing.

        Nobody is stopped meanwhile: a session that ends just now may be in one total and not yet
        in another.
        """
        numbers = array("Q")
        octets = (directory / FILE_NAME).read_bytes()
        numbers.frombytes(octets[: len(octets) // numbers.itemsize * numbers.itemsize])
        gauges, slabs = numbers[:SLAB_WORDS], numbers[SLAB_WORDS:]
        sums = [sum(slabs[at::SLAB_WORDS]) for at in range(SLAB_WORDS)]
        kinds = zip(itertools.starmap(Session, itertools.product(*WORDS)), sums, strict=False)
        return cls(
            sessions={kind: number for kind, number in kinds if number},
            latency=tuple(sums[LATENCY_AT : LATENCY_AT + len(BOUNDS)]),
            milliseconds=sums[MILLISECONDS_AT],
            sources=dict(zip(SOURCES, sums[SOURCES_AT:], strict=False)),
            queries=sums[QUERIES_AT],
            counters={counter: sums[COUNTERS_AT + counter] for counter in Counter},
            gauges={gauge: gauges[gauge] for gauge in Gauge},
        )

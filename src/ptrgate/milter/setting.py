# SPDX-License-Identifier: GPL-3.0-or-later
"""What every session of one worker is judged with."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..judge.finding import Judgement
from ..judge.policy import ORDINARY, Circumstances, Exemption, Policy
from ..judge.token import Keys
from .lastresort import LastResort


class Standing(Protocol):
    """What this host knows besides the policy and DNS; for many threads, never raises."""

    def exemptions(self) -> tuple[Exemption, ...]:
        """Return the exemptions made at run time."""
        ...

    def of(self, judgement: Judgement) -> Circumstances:
        """Return what holds for a client that was just judged, and learn from it."""
        ...

    def of_mail(
        self, circumstances: Circumstances, judgement: Judgement, sender: str
    ) -> Circumstances:
        """Return what holds for a client of these circumstances now that it names a sender."""
        ...

    def warned(self, judgement: Judgement) -> None:
        """Note that a client was deferred, and will be refused when its hours are over."""
        ...

    def private(self) -> None:
        """Take note of a client whose address is private."""
        ...

    def close(self) -> None:
        """Write down what is not written yet; the process ends."""
        ...


class Unknowing:
    """The standing of a host that remembers nothing."""

    def exemptions(self) -> tuple[Exemption, ...]:
        """Return none."""
        return ()

    def of(self, _judgement: Judgement) -> Circumstances:
        """Return the ordinary circumstances."""
        return ORDINARY

    def of_mail(
        self, circumstances: Circumstances, _judgement: Judgement, _sender: str
    ) -> Circumstances:
        """Return the same circumstances."""
        return circumstances

    def warned(self, _judgement: Judgement) -> None:
        """Take no note."""

    def private(self) -> None:
        """Take no note."""

    def close(self) -> None:
        """End: there is nothing to write down."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A policy, the keys of its tokens, and the edges: DNS, clocks, journal.

    ``judge`` takes a client's address; ``write`` takes one journal line and
    ``count`` the values it was made of; ``clock`` counts seconds for durations and ``now`` gives
    the seconds since the epoch.
    """

    policy: Policy
    keys: Keys
    judge: Callable[[str], Judgement]
    worker: str
    write: Callable[[str], None]
    count: Callable[[Mapping[str, str]], None] = lambda _values: None
    standing: Standing = Unknowing()  # noqa: RUF009 - it has no state
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    last_resort: LastResort = field(default_factory=lambda: LastResort(time.time))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What every session of one worker is judged with."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..judge.finding import Judgement
from ..judge.policy import Policy
from ..judge.token import Keys


@dataclass(frozen=True, slots=True)
class Setting:
    """A policy, the keys of its tokens, and the edges: DNS, clocks, journal.

    ``judge`` takes a client's address; ``write`` takes one journal line; ``clock`` counts
    seconds for durations and ``now`` gives the seconds since the epoch.
    """

    policy: Policy
    keys: Keys
    judge: Callable[[str], Judgement]
    worker: str
    write: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time

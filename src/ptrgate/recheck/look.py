# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at an address: what the world's servers say now, and what our resolver still says.

Where the world is right and our resolver not yet, the resolver has to forget, and is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address

from ..diagnosis.delegation import Case, World, inquire
from ..diagnosis.diagnose import Diagnosed, diagnose
from ..judge import freshness
from ..judge.answers import Lookup
from ..judge.names import canonical
from ..judge.terms import Policy
from ..judge.words import Diagnosis, Finding
from .memory import stale

MAX_SERVERS = 4  # that a visitor may have asked, for this address only
NEGATIVE_SECONDS, SECONDS = 60, 300  # our resolver keeps nothing for longer (role resolver)


@dataclass(frozen=True, slots=True)
class Means:
    """The edges. ``world`` and ``here`` begin a check each; ``world`` is None without root servers.

    ``forget`` makes our resolver forget names and tells whether it did; ``wait`` takes seconds.
    """

    policy: Policy
    world: Callable[[], World | None]
    here: Callable[[], Lookup]
    forget: Callable[[Iterable[str]], bool]
    now: Callable[[], float] = time.time
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of ``address`` at ``at`` (Unix seconds); ``case`` says whom to ask for what.

    ``world`` is the authoritative servers' word, None if nobody could walk to them; ``here`` our
    resolver's at the end, and ``before`` what it said at first.
    """

    address: str
    at: float
    world: Diagnosed | None
    here: Diagnosed
    before: Diagnosed
    case: Case = field(default_factory=Case)

    @property
    def found(self) -> Diagnosed:
        """What to speak of: the world's word, unless it could not be heard."""
        unheard = self.world is None or self.world.diagnosis is Diagnosis.DNS_FAILURE
        return self.here if unheard or self.world is None else self.world

    @property
    def left(self) -> int:
        """Seconds for which our resolver will still say the same, at most."""
        judgement = self.here.judgement
        limit = NEGATIVE_SECONDS if judgement and not judgement.iprev.names else SECONDS
        ttl = judgement.iprev.ttl if judgement else None
        return limit if ttl is None else min(ttl, limit)

    @property
    def accepted(self) -> float | None:
        """From when on this host takes mail from there, None if it does not."""
        if self.found.diagnosis is not Diagnosis.OK:
            return None
        if self.here.diagnosis is Diagnosis.OK:
            return self.at
        if self.here.diagnosis is Diagnosis.DNS_FAILURE:
            return None
        return self.at + self.left + freshness.REFUSED


def glance(address: str, means: Means) -> Seen:
    """Ask our resolver alone. Raises ValueError if ``address`` is not an address."""
    here = diagnose(address, means.here(), means.policy)
    return Seen(here.address, means.now(), None, here, here)


def look(address: str, asked: str, means: Means) -> Seen:
    """Look once; ``asked`` is a domain or nameserver of the visitor's, or "".

    Raises ValueError if ``address`` is not an address.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(diagnose, address, means.here(), means.policy)
        world, case = _world(address, asked, means)
        before = here = waiting.result()
    if world and world.diagnosis is Diagnosis.OK:
        if here.diagnosis is not Diagnosis.OK and means.forget(stale(case.trails, here)):
            here = diagnose(address, means.here(), means.policy)
        means.wait(freshness.REFUSED)  # so long a worker of the milter may still believe the old
    return Seen(here.address, means.now(), world, here, before, case)


def _world(address: str, asked: str, means: Means) -> tuple[Diagnosed | None, Case]:
    world = means.world()
    if world is None:
        return None, Case()
    found = diagnose(address, world, means.policy)
    if found.judgement is None:
        return None, Case()
    if found.diagnosis is Diagnosis.OK:
        return found, Case(tuple(world.trails))
    own = _servers(asked, world) if asked and found.judgement.finding is not Finding.DYNAMIC else ()
    return inquire(found, world, "", own)


def _servers(asked: str, world: World) -> tuple[str, ...]:
    """Return the nameservers that a visitor means by a domain, a nameserver or an address."""
    try:
        return (str(ip_address(asked)),)
    except ValueError:
        charge = world.charge(asked)
    if charge is None:
        return ()
    itself = () if canonical(asked) == charge.zone else (canonical(asked),)
    return (*itself, *charge.nameservers)[:MAX_SERVERS]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host takes from the fleet and what it tells it: pure.

A host notes of every exemption when it last changed. Of two changes the later holds, wherever it
was made; a change made in knowledge of another is always the later one, whatever the clocks say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..judge.policy import Policy
from ..shared import vetting
from ..shared.grants import Grant
from .record import Record, granted

MOST = 500  # exemptions made at run time that a fleet shares, as many again taken back

Records = Mapping[str, Record]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when something is decided: milliseconds since the epoch, the day in UTC.

    ``undated`` is when an exemption was made that does not say and was never seen before.
    """

    host: str
    now: int
    today: date
    undated: int


def noticed(known: Records, ours: Sequence[Grant] | None, moment: Moment) -> dict[str, Record]:
    """Return what was known, with what was changed on this host since.

    ``ours`` are its exemptions, None where their file is gone or damaged: that is a loss, not an
    order to take all of them back.
    """
    kept = {name: one for name, one in known.items() if one.until >= moment.today}
    if ours is None:
        return kept
    here = {grant.exemption.id: grant for grant in ours}
    for name, grant in here.items():
        before = kept.get(name)
        if before is None:
            made = min(grant.made * 1000 or moment.undated, moment.now)
            kept[name] = granted(grant, made, moment.host)
        elif before.grant != grant:
            kept[name] = granted(grant, max(moment.now, before.at + 1), moment.host)
    for name, one in kept.items():
        if one.grant and name not in here:
            at = max(moment.now, one.at + 1)
            kept[name] = replace(one, at=at, host=moment.host, grant=None)
    return {name: one for name, one in kept.items() if one.until >= moment.today}


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is known now, what is to be changed here, what the store is to be told and to forget.

    ``refused`` says by id why a change of another host is not made here.
    """

    known: dict[str, Record]
    take: tuple[Record, ...]
    give: tuple[Record, ...]
    gone: tuple[str, ...]
    refused: dict[str, str]


def agree(known: Records, theirs: Records, policy: Policy, moment: Moment) -> Agreed:
    """Compare what this host knows with what the store holds, both as they were read."""
    over = tuple(n for n, one in theirs.items() if one.until < moment.today and n not in known)
    give = [one for name, one in known.items() if name not in theirs or one.age > theirs[name].age]
    result, take, refused = dict(known), [], {}
    lasting = {exemption.id for exemption in policy.exemptions}
    for name, one in sorted(theirs.items()):
        if name in over or (name in known and one.age <= known[name].age):
            continue
        if why := _objection(one, result, lasting, moment.today):
            refused[name] = why
            continue
        result[name] = one
        if one.grant != (known[name].grant if name in known else None):
            take.append(one)
    return Agreed(result, tuple(take), tuple(give), over, refused)


def _objection(one: Record, known: Records, lasting: set[str], today: date) -> str:
    """Return why a change is not made here, nothing if it is."""
    alike = sum((other.grant is None) == (one.grant is None) for other in known.values())
    if one.id not in known and alike >= MOST:
        return f"there are {MOST} already"
    if one.grant is None:
        return ""
    if one.id in lasting:
        return "it is in the inventory"
    try:
        if not vetting.is_over(one.grant.exemption, today):
            vetting.object_to_end(one.grant.exemption, today)
        vetting.object_to_width(one.grant.exemption.network, wide=True)
    except vetting.Objection as error:
        return str(error)
    return ""


def applied(ours: Sequence[Grant], take: Sequence[Record]) -> tuple[Grant, ...]:
    """Return the exemptions of this host after what it takes from others."""
    changed = {one.id for one in take}
    kept = [grant for grant in ours if grant.exemption.id not in changed]
    return (*kept, *(one.grant for one in take if one.grant))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host that was changed does as well as before, and as well as those that were not."""

from __future__ import annotations

import math
from typing import Any

DOCUMENTATION = r"""
name: rollout_health
short_description: Whether a host that was changed does as well as before
description:
  - Compares what C(ptrgate rollout look) told of a host since its release was changed with its own
    past, and with what hosts that were not changed did at the same time.
  - A share of refused or deferred sessions counts as worse only if it is so beyond chance, against
    the host's own past and against the others, so that the world's DNS is not blamed on a release.
positional: _input, past, others, sample
options:
  _input:
    description: What the host told last.
    type: dict
    required: true
  past:
    description:
      - What it told before anything began, right before its release was changed, and right before
        it took sessions again. Only what came after the third is the new release's. What came
        between the first two is its past, if that is a sample; else all that it ever counted, which
        a bad day long ago may have spoilt.
    type: list
    elements: dict
    required: true
  others:
    description: Pairs of what each host that was not changed told then and now.
    type: list
    elements: list
    default: []
  sample:
    description: How many sessions there must be before shares are compared.
    type: int
    default: 50
"""

EXAMPLES = r"""
- name: Refuse to go on with a host that does worse
  ansible.builtin.assert:
    that: (now | rollout_health([first, before, opened], others)).wrong | length == 0
"""

RETURN = r"""
_value:
  description: C(wrong), sentences; C(enough), whether so many sessions came; C(words), one line.
  type: dict
"""

Look = dict[str, Any]
Share = tuple[int, int]  # how many, of how many
SHARES = {"refused": "refused", "deferred": "deferred"}
CHANCE = 3.0  # standard deviations: one in 740 by chance
LEAST = 0.05  # a share must be so much larger to be called worse
SLOWER, SLOWER_MS = 3.0, 100.0  # judging: so many times, and so much, slower
WAITING = 10  # messages more that wait
OLDEST = 120  # seconds that the oldest one may be older


def counted(before: Look, now: Look) -> dict[str, int]:
    """Return what was counted between two looks; another layout of counters begins at nothing."""
    old, new = before.get("counted") or {}, now.get("counted") or {}
    names = ("sessions", "refused", "deferred", "errors", "judged", "milliseconds", "died", "hung")
    begun = int(new.get("sessions", 0)) < int(old.get("sessions", 0))
    return {name: int(new.get(name, 0)) - (0 if begun else int(old.get(name, 0))) for name in names}


def summed(parts: list[dict[str, int]]) -> dict[str, int]:
    """Return counts of several hosts as those of one."""
    return {name: sum(part[name] for part in parts) for name in parts[0]} if parts else {}


def beyond_chance(part: int, whole: int, other_part: int, other_whole: int) -> bool:
    """Tell whether a share is larger than another, by more than chance and by more than little."""
    if not whole or not other_whole:
        return False
    share, other = part / whole, other_part / other_whole
    pooled = (part + other_part) / (whole + other_whole)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    return share - other > max(LEAST, CHANCE * spread)


def _is_worse(mine: Share, *others: Share) -> bool:
    """Tell whether a share is larger than each other that is known, if any is."""
    known = [other for other in others if other[1]]
    return bool(known) and all(beyond_chance(*mine, *other) for other in known)


def mean(counts: dict[str, int]) -> float:
    """Return how long judging took, in milliseconds; 0 where nobody was judged."""
    return counts["milliseconds"] / counts["judged"] if counts.get("judged") else 0.0


def _shares(mine: dict[str, int], past: dict[str, int], peers: dict[str, int]) -> list[str]:
    wrong = []
    for name, word in SHARES.items():
        if _is_worse(*((one.get(name, 0), one.get("sessions", 0)) for one in (mine, past, peers))):
            words = f"{mine[name]} of {mine['sessions']} sessions {word}"
            rest = f", of the others {peers[name]} of {peers['sessions']}" if peers else ""
            wrong.append(f"{words}, before {past[name]} of {past['sessions']}{rest}")
    return wrong


def _turned_away(now: Look, before: Look, others: list[Look]) -> list[str]:
    """Say that Postfix itself rejects more, which no milter sees."""
    mine, past, *peers = (_itself(one) for one in (now, before, *others))
    rest = sum(one[0] for one in peers), sum(one[1] for one in peers)
    if not _is_worse(mine, past, rest):
        return []
    words = ", of the others {} of {}".format(*rest) if rest[1] else ""
    told = "Postfix itself rejected in {} of {} sessions, before in {} of {}"
    return [told.format(*mine, *past) + words]


def _itself(look: Look) -> Share:
    """Return rejects, one a session at most, and sessions; an older release tells neither."""
    told = look.get("postfix_itself") or {"rejects": 0, "sessions": 0}
    return min(told["rejects"], told["sessions"]), told["sessions"]


def _errors(mine: dict[str, int], ever: dict[str, int]) -> list[str]:
    """Say that errors of the milter's own end sessions, as none ever did, or as fewer did."""
    number, whole = mine["errors"], mine["sessions"]
    more = beyond_chance(number, whole, ever["errors"], ever["sessions"])
    if not number or (ever["errors"] and not more):
        return []
    before = f"before {ever['errors']} of {ever['sessions']}"
    return [f"an error of the milter's own ended {number} of {whole} sessions, {before}"]


def _slower(mine: dict[str, int], past: dict[str, int], peers: dict[str, int]) -> list[str]:
    known = [mean(other) for other in (past, peers) if other.get("judged")]
    if not known or mean(mine) <= max(SLOWER * max(known), max(known) + SLOWER_MS):
        return []
    return [f"judging takes {mean(mine):.0f} ms, before {known[0]:.0f} ms"]


def _queue(before: Look, now: Look, others: list[list[Look]]) -> list[str]:
    """Say that mail begins to wait here and not elsewhere."""
    more = now["queue"]["waiting"] - before["queue"]["waiting"]
    older = now["queue"]["oldest"] - before["queue"]["oldest"]
    passed = now["at"] - before["at"]
    elsewhere = [then["queue"]["waiting"] - was["queue"]["waiting"] for was, then in others]
    wrong = []
    if more > WAITING and more > 2 * max([0, *elsewhere]):
        wrong.append(f"{more} messages more wait in its queue")
    if older > OLDEST and older > passed / 2 and more > 0 and max([0, *elsewhere]) == 0:
        wrong.append(f"the oldest message waits for {now['queue']['oldest']} s")
    return wrong


def rollout_health(
    now: Look, past: list[Look], others: list[list[Look]] | None = None, sample: int = 50
) -> dict[str, Any]:
    """Return what is worse, whether there was enough to compare, and one line to read."""
    before, changed, opened = past
    pairs, mine, lately = others or [], counted(opened, now), counted(before, changed)
    mine_before = lately if lately["sessions"] >= sample else counted({}, changed)
    peers = summed([counted(was, then) for was, then in pairs])
    wrong = [f"the milter does not answer: {now['milter']}"] if now["milter"] else []
    ended = counted(changed, now)
    wrong += [f"a worker {one} {ended[one]} times" for one in ("died", "hung") if ended[one] > 0]
    policy = (now.get("counted") or {}).get("policy")
    wrong += [f"its policy was refused: {policy}"] if policy else []
    enough = mine["sessions"] >= sample
    if enough:
        wrong += [*_shares(mine, mine_before, peers), *_slower(mine, mine_before, peers)]
        wrong += _turned_away(now, changed, [then for _, then in pairs])
    wrong += _errors(mine, counted({}, changed))
    wrong += _queue(before, now, pairs)
    return {"wrong": wrong, "enough": enough, "words": _words(mine, peers, now)}


def _words(mine: dict[str, int], peers: dict[str, int], now: Look) -> str:
    told = f"{mine['sessions']} sessions, {mine['refused']} refused, {mine['deferred']} deferred"
    rest = f"; others {peers['sessions']}, {peers['refused']}, {peers['deferred']}" if peers else ""
    return f"{told}{rest}; judging {mean(mine):.0f} ms; {now['queue']['waiting']} messages wait"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"rollout_health": rollout_health}

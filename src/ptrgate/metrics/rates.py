# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened on a host between two looks at it, and how it stands: facts for people and JSON."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..outbound.state import Record
from ..shared.layout import BOUNDS, Counter, Gauge
from ..shared.tally import Tally
from ..survey.noted import Survey
from .look import Look

Facts = dict[str, Any]
NOTHING = Tally({}, (0,) * len(BOUNDS), 0, {}, 0, {}, {})


def facts(before: Look, after: Look, seconds: float, now: float) -> Facts:
    """Return the facts; rates are a second, times of judging milliseconds, ages seconds."""
    first, last = before.tally or NOTHING, after.tally or NOTHING
    rows = _sessions(first, last, seconds)
    said = after.bulletin
    return {
        "seconds": round(seconds, 3),
        "sessions_per_second": round(sum(row["per_second"] for row in rows), 3),
        "sessions": rows,
        "judging": _judging(first, last),
        "sources": {
            name: max(0, n - first.sources.get(name, 0)) for name, n in last.sources.items()
        },
        "breaker": {
            "open": bool(last.gauges.get(Gauge.BREAKER_OPEN)),
            "trips": last.counters.get(Counter.BREAKER_TRIPS, 0),
            "lost_senders": last.gauges.get(Gauge.LOST_SENDERS, 0),
        },
        "memory": {
            "remembered": last.gauges.get(Gauge.MEMORY_ENTRIES, 0),
            "warned": last.gauges.get(Gauge.WARNED_CLIENTS, 0),
        },
        "errors": last.counters.get(Counter.ERRORS, 0),
        "milter": {
            "age": round(now - said.seen, 1) if said.seen else None,
            "wanted": said.wanted, "serving": said.serving, "leaving": said.leaving,
            "died": said.died, "hung": said.hung,
        },
        "policy": {"digest": said.policy, "mode": said.mode, "refused": said.refused},
        "paused_seconds": max(0, round(said.paused_until - now)),
        "gate": _gate(after.gate, now) if after.gate else None,
        "queue": _queue(after.survey, now) if after.survey else None,
    }  # fmt: skip


def _sessions(first: Tally, last: Tally, seconds: float) -> list[Facts]:
    """Return a row for each finding and action, the most frequent first."""
    totals: dict[tuple[str, str], list[int]] = {}
    for kind, number in last.sessions.items():
        sums = totals.setdefault((kind.finding, kind.action), [0, 0])
        sums[0] += number
        sums[1] += max(0, number - first.sessions.get(kind, 0))
    order = sorted(totals.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
    return [
        {
            "finding": finding,
            "action": action,
            "per_second": round(new / seconds, 3) if seconds > 0 else 0.0,
            "total": total,
        }
        for (finding, action), (total, new) in order
    ]


def _judging(first: Tally, last: Tally) -> Facts:
    new = [max(0, b - a) for a, b in zip(first.latency, last.latency, strict=True)]
    return {
        "judged": sum(new),
        "half_within": within(new, 0.5),
        "most_within": within(new, 0.95),
    }


def within(buckets: Sequence[int], share: float) -> float | None:
    """Return within how many milliseconds that share was judged: a bound, None above the last."""
    total = sum(buckets)
    for bound, number in zip(BOUNDS, itertools.accumulate(buckets), strict=True):
        if total and number >= share * total:
            return None if math.isinf(bound) else bound
    return None


def _gate(record: Record, now: float) -> Facts:
    state, kept = record.state, record.kept
    return {
        "mode": str(state.mode),
        "rung": str(state.rung),
        "override": str(state.override) if state.override else "",
        "proof_age": round(now - record.proved_at) if record.proved_at else None,
        "waiting": kept.waiting,
        "guarded": kept.guarded,
    }


def _queue(survey: Survey, now: float) -> Facts:
    queue = survey.queue
    oldest: Mapping[str, int] = queue.oldest if queue else {}
    return {
        "age": round(now - survey.at),
        "whole": bool(queue and queue.whole),
        "messages": dict(queue.messages) if queue else None,
        "oldest_seconds": {name: round(now - when) for name, when in oldest.items() if when},
        "trouble": survey.trouble,
        "certificate_days": {
            f"{one.service} {one.kind}": round((one.ends - now) / 86400, 1)
            for one in survey.certificates
        },
    }

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a host, as Prometheus names it (https://prometheus.io/docs/practices/naming/)."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ..fleet.status import Status
from ..outbound.gate import OVERRIDES, Override, Rung
from ..outbound.state import Record
from ..shared.bulletin import Bulletin
from ..shared.layout import BOUNDS, Session
from ..shared.tally import Tally
from .look import Look
from .surveyed import surveyed


class Host(Collector):
    """Looks at the host whenever it is asked."""

    def __init__(self, look: Callable[[], Look]) -> None:
        """Tell what ``look`` returns."""
        self._look = look

    def describe(self) -> Iterable[Metric]:
        """Say nothing: the registry would look at the host to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Look, and tell."""
        seen = self._look()
        if seen.tally:
            yield from _counted(seen.tally)
        yield from _workers(seen.bulletin)
        if seen.gate:
            yield from _gate(seen.gate)
        if seen.survey:
            yield from surveyed(seen.survey)
        if seen.asked is not None:
            words = "Requests for exceptions that wait for the operator."
            yield GaugeMetricFamily("ptrgate_requests_waiting", words, value=seen.asked)
        if seen.shared:
            yield from _shared(seen.shared)
        proved = "When this host's own reverse DNS was last looked at; 0: not known."
        at = seen.gate.proved_at if seen.gate else None
        yield GaugeMetricFamily("ptrgate_gate_proved_timestamp_seconds", proved, value=at or 0)


def _shared(status: Status) -> Iterator[Metric]:
    connected = "1: this host and its fleet's store speak with each other."
    yield GaugeMetricFamily("ptrgate_share_connected", connected, value=status.connected)
    synced = "When this host was last in step with its fleet; 0: never."
    yield GaugeMetricFamily("ptrgate_share_synced_timestamp_seconds", synced, value=status.synced)
    strange = "What the fleet's store held and no host of the fleet had written."
    yield CounterMetricFamily("ptrgate_share_strange", strange, value=status.strange)


def _counted(tally: Tally) -> Iterator[Metric]:
    sessions = CounterMetricFamily(
        "ptrgate_sessions", "Clients, as their journal lines say.", labels=Session._fields
    )
    for kind, number in tally.sessions.items():
        sessions.add_metric(kind, number)
    yield sessions
    yield _histogram(tally)
    answers = CounterMetricFamily(
        "ptrgate_answers", "Clients by where the answer about them came from.", labels=["source"]
    )
    for source, number in tally.sources.items():
        answers.add_metric([source], number)
    yield answers
    yield CounterMetricFamily("ptrgate_queries", "Questions to DNS.", value=tally.queries)
    for counter, number in tally.counters.items():
        name = counter.name.lower()
        yield CounterMetricFamily(f"ptrgate_{name}", f"{_words(name)}.", value=number)
    for gauge, number in tally.gauges.items():
        name = gauge.name.lower()
        yield GaugeMetricFamily(f"ptrgate_{name}", f"{_words(name)}.", value=number)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _histogram(tally: Tally) -> Metric:
    bounds = ["+Inf" if math.isinf(bound) else str(bound / 1000) for bound in BOUNDS]
    buckets = list(zip(bounds, itertools.accumulate(tally.latency), strict=True))
    return HistogramMetricFamily(
        "ptrgate_judging_seconds",
        "Time from a client's connection to the finding.",
        buckets=buckets,
        sum_value=tally.milliseconds / 1000,
    )


def _workers(said: Bulletin) -> Iterator[Metric]:
    seen = "When the supervisor last said that it lives."
    yield GaugeMetricFamily("ptrgate_supervisor_seen_timestamp_seconds", seen, value=said.seen)
    policy = GaugeMetricFamily(
        "ptrgate_policy_info", "The policy in force.", labels=["policy", "mode"]
    )
    policy.add_metric([said.policy, said.mode], 1)
    yield policy
    refused = "1: the policy's file, or the release, was refused, and an older one is in force."
    yield GaugeMetricFamily("ptrgate_policy_refused", refused, value=bool(said.refused))
    until = "Until when nobody is refused, by the operator's order; 0: no pause."
    yield GaugeMetricFamily(
        "ptrgate_paused_until_timestamp_seconds", until, value=said.paused_until
    )
    workers = GaugeMetricFamily("ptrgate_workers", "Processes that judge.", labels=["state"])
    for state in ("wanted", "serving", "leaving"):
        workers.add_metric([state], getattr(said, state))
    yield workers
    for name, words in _TOTALS.items():
        yield CounterMetricFamily(f"ptrgate_{name}", words, value=getattr(said, name[8:]))


_TOTALS = {
    "workers_started": "Workers that were started.",
    "workers_died": "Workers that ended unasked; the hung are among them.",
    "workers_hung": "Workers that were killed because they were silent and did nothing.",
}


def _gate(record: Record) -> Iterator[Metric]:
    rung = GaugeMetricFamily(
        "ptrgate_gate", "1: mail to the Internet leaves so.", labels=["mode", "rung"]
    )
    for one in Rung:
        rung.add_metric([record.state.mode, one], one is record.state.rung)
    yield rung
    families = GaugeMetricFamily(
        "ptrgate_gate_open", "1: reverse DNS of this family is proved.", labels=["family"]
    )
    for family, state in record.state.families.items():
        families.add_metric([family], state.open)
    yield families
    moves = "How often the gate changed how mail leaves, or whether it decides."
    yield CounterMetricFamily("ptrgate_gate_moves", moves, value=record.moves)
    asked = "1: Postfix asks the gate; 0: mail leaves as main.cf says."
    yield GaugeMetricFamily("ptrgate_gate_asked", asked, value=record.asked)
    yield from _override(record.state.override)
    waiting = "Messages that wait for the gate, those kept from expiring among them."
    yield GaugeMetricFamily("ptrgate_gate_waiting_messages", waiting, value=record.kept.waiting)
    guarded = "Messages on the hold queue, where nothing expires, because the gate waited long."
    yield GaugeMetricFamily("ptrgate_gate_guarded_messages", guarded, value=record.kept.guarded)
    oldest = "When the oldest message that waits for the gate arrived; 0: none waits."
    yield GaugeMetricFamily(
        "ptrgate_gate_oldest_timestamp_seconds", oldest, value=record.kept.oldest or 0
    )


def _override(override: Override | None) -> Iterator[Metric]:
    until = "Until when the operator's order goes before the proofs; 0: no override."
    metric = GaugeMetricFamily(
        "ptrgate_gate_override_until_timestamp_seconds", until, labels=["rung"]
    )
    for rung in OVERRIDES:
        metric.add_metric([rung], override.until if override and override.rung == rung else 0)
    yield metric

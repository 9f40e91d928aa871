# SPDX-License-Identifier: GPL-3.0-or-later
"""Queue and certificates, as Prometheus names them."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from ..survey.certificates import Shown
from ..survey.noted import Survey
from ..survey.queue import Queue


def surveyed(survey: Survey) -> Iterator[Metric]:
    """Tell what a survey found; a queue that could not be seen is not told."""
    at = "When queue and certificates were last looked at."
    yield GaugeMetricFamily("ptrgate_survey_seen_timestamp_seconds", at, value=survey.at)
    if survey.queue:
        yield from _queue(survey.queue)
    yield _certificates(survey.certificates)


def _queue(queue: Queue) -> Iterator[Metric]:
    many = GaugeMetricFamily(
        "ptrgate_queue_messages", "Messages in Postfix's queues.", labels=["queue"]
    )
    for name, number in queue.messages.items():
        many.add_metric([name], number)
    yield many
    oldest = "When the oldest message of a queue arrived; 0: it is empty."
    old = GaugeMetricFamily("ptrgate_queue_oldest_timestamp_seconds", oldest, labels=["queue"])
    for name, when in queue.oldest.items():
        old.add_metric([name], when)
    yield old
    whole = "1: all of the queue was counted; 0: it is larger, and some of it may be older."
    yield GaugeMetricFamily("ptrgate_queue_counted_whole", whole, value=queue.whole)


def _certificates(shown: tuple[Shown, ...]) -> Metric:
    ends = GaugeMetricFamily(
        "ptrgate_certificate_end_timestamp_seconds",
        "Until when the certificate that a service shows is valid; 0: no handshake succeeds.",
        labels=["service", "kind"],
    )
    for one in shown:
        ends.add_metric([one.service, one.kind], one.ends)
    return ends

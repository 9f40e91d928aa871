# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole policy's cost as text: by finding, by setting, and the rows that cost most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.accuracy.cost import (
    FINDINGS,
    SETTINGS,
    Client,
    Corpus,
    Setting,
    addresses,
    dearest,
    messages,
    with_fate,
)
from ptrgate.judge.words import Point

_SHOWN = 60  # characters of a name
_ROUND = 10  # from here on without decimals


def told(by_point: Mapping[Point, Sequence[Corpus]]) -> Iterator[str]:
    """Yield the lines, of each collection as the operating points judge it."""
    points = list(by_point)
    for judged in zip(*by_point.values(), strict=True):
        corpus = judged[points.index(Point.BALANCED)]
        spam, good = corpus.spam, corpus.good
        yield ""
        yield (
            f"{corpus.title}: spam from {len(addresses(spam)):,} clients, {messages(spam):,}"
            f" messages; good mail from {len(addresses(good)):,} servers of"
            f" {len(_organisations(good)):,} organisations, {messages(good):,} messages"
        )
        yield from _by_finding(corpus)
        yield from _by_setting(corpus)
        for point, other in zip(points, judged, strict=True):
            if other is not corpus:
                yield _columns(f"yes, yes, {point}", *_figures(other, SETTINGS[-1], other.good))
        yield from _dearest(corpus)


def _organisations(clients: Iterable[Client]) -> set[str]:
    return {client.organisation for client in clients}


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.2f} %)" if whole else "-"


def _by_finding(corpus: Corpus) -> Iterator[str]:
    yield _columns("finding", "spam clients", "spam messages", "good servers", "organisations",
                   "good messages")  # fmt: skip
    for finding in FINDINGS:
        spam = [client for client in corpus.spam if client.finding == finding]
        good = [client for client in corpus.good if client.finding == finding]
        yield _columns(
            finding,
            _share(len(addresses(spam)), len(addresses(corpus.spam))),
            _share(messages(spam), messages(corpus.spam)),
            _share(len(addresses(good)), len(addresses(corpus.good))),
            _share(len(_organisations(good)), len(_organisations(corpus.good))),
            _share(messages(good), messages(corpus.good)),
        )


def _by_setting(corpus: Corpus) -> Iterator[str]:
    yield _columns("memory, deferral", "spam stopped", "good stopped", "good delayed",
                   "messages, ratio", "servers, ratio")  # fmt: skip
    for setting in SETTINGS:
        words = ", ".join("yes" if on else "no" for on in (setting.memory, setting.deferral))
        yield _columns(words, *_figures(corpus, setting, corpus.good))
    rest = [client for client in corpus.good if client not in dearest(corpus)]
    yield _columns("... without rows below", *_figures(corpus, SETTINGS[-1], rest))


def _figures(corpus: Corpus, setting: Setting, good: Sequence[Client]) -> Iterator[str]:
    """Yield the columns; who was stopped once in several rows is a good server that was hit."""
    spam = with_fate(corpus.spam, setting, "stopped")
    hit, late = (with_fate(good, setting, fate) for fate in ("stopped", "delayed"))
    through = addresses(corpus.spam) - addresses(spam)
    yield f"{messages(spam):,}"
    yield f"{messages(hit):,}"
    yield f"{messages(late):,}"
    yield _ratio(messages(spam), messages(hit))
    yield _ratio(len(addresses(corpus.spam)) - len(through), len(addresses(hit)))


def _ratio(stopped: int, lost: int) -> str:
    if not lost:
        return f"{stopped:,} : 0"
    ratio = stopped / lost
    return f"{ratio:,.0f} : 1" if ratio >= _ROUND else f"{ratio:.2f} : 1"


def _dearest(corpus: Corpus) -> Iterator[str]:
    yield "good rows that cost most:"
    for client in dearest(corpus):
        name = f"{client.name or '-'} (HELO {client.helo or '-'})"[:_SHOWN]
        yield f"  {client.messages:>6,}  {client.finding:<16}  {client.address:<20}  {name}"


def _columns(first: str, *rest: str) -> str:
    return f"{first:<22}" + "".join(f"{cell:>19}" for cell in rest)

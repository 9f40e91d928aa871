# SPDX-License-Identifier: GPL-3.0-or-later
"""All sets against one target, and the report for people."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from .dialogue import Broken
from .offers import offers
from .refusal import refusal
from .relay import relay
from .result import Check, Result, Set, Verdict, worst
from .smuggling import smuggling
from .submission import submission
from .target import Visits
from .tls import tls

SETS: Mapping[Set, Callable[[Visits], Iterator[Result]]] = {
    Set.RELAY: lambda visits: _both(relay(visits), offers(visits)),
    Set.SMUGGLING: smuggling,
    Set.REFUSAL: refusal,
    Set.TLS: tls,
    Set.SUBMISSION: submission,
}
_MARKS = {Verdict.OK: "ok ", Verdict.BAD: "BAD", Verdict.UNKNOWN: "?  "}
_SUMS = {
    Verdict.OK: "all is as it should be",
    Verdict.BAD: "something is wrong",
    Verdict.UNKNOWN: "nothing wrong was seen, and not everything could be told",
}
_WIDTH, _LINE = 96, 150


def probe(visits: Visits, sets: Sequence[Set]) -> list[Result]:
    """Try the sets in their order and return every result; one if nobody is there at all."""
    greeting = Check(sets[0], "greeting", "EHLO", "220, then 250", where=visits.target.where)
    try:
        with visits.session():
            pass
    except Broken as error:
        return [greeting.unknown(str(error))]
    return [result for one in sets for result in SETS[one](visits)]


def _both(*parts: Iterable[Result]) -> Iterator[Result]:
    for part in parts:
        yield from part


def report(results: Sequence[Result], *, every: bool = False) -> str:
    """Return what was tried and what came of it: what is not ok, or ``every`` check, in full.

    Each set of checks at each place is a line; below it stand who can change what.
    """
    lines: list[str] = []
    for where, part in _parts(results):
        first = part[0]
        counts = ", ".join(_counted(part))
        lines.append(f"{first.set:<10} {where:<40} {counts}".rstrip())
        for result in part:
            if every or result.verdict is not Verdict.OK:
                mark = _MARKS[result.verdict]
                lines.append(f"  {mark} {result.name:<58} {plain(result.got)}"[:_LINE].rstrip())
            if result.verdict is not Verdict.OK:
                lines += _story(result)
    return "\n".join([*lines, f"{', '.join(_counted(results))}: {_SUMS[worst(results)]}"])


def _parts(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Return the results by set and place, in the order in which they came."""
    parts: dict[tuple[Set, str], list[Result]] = {}
    for result in results:
        parts.setdefault((result.set, result.where), []).append(result)
    return [(where, part) for (_, where), part in parts.items()]


def _counted(results: Sequence[Result]) -> list[str]:
    counts = ((one, sum(result.verdict is one for result in results)) for one in Verdict)
    return [f"{count} {one}" for one, count in counts if count]


def _story(result: Result) -> Iterator[str]:
    told = (
        ("sent", result.sent),
        ("expected", result.expected),
        ("got", result.got),
        ("why", result.words),
        ("change", result.change),
    )
    for label, text in told:
        for number, line in enumerate(wrap(plain(text), _WIDTH) if text else ()):
            yield f"        {label if not number else '':<9} {line}"


def brief(result: Result) -> str:
    """Return one line for the journal about a result that is not ok."""
    pairs = (
        ("set", result.set),
        ("check", result.name),
        ("where", result.where),
        ("verdict", result.verdict),
        ("got", result.got),
        ("why", result.words),
        ("change", result.change),
    )
    return " ".join(f"{key}={_quoted(text)}" for key, text in pairs if text)


def _quoted(text: str) -> str:
    return f'"{plain(text)}"' if " " in text else plain(text)


def plain(text: str) -> str:
    """Return a stranger's words without what would move a terminal's cursor or forge a line."""
    return "".join(one if " " <= one <= "~" else ascii(one)[1:-1] for one in text)

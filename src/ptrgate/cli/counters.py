# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrgate counters: how many clients of which kind this host saw, and how long judging took."""

import argparse
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict

from ..metrics.look import GATE, Look
from ..shared.amending import CannotAmendError, as_owner
from ..shared.layout import BOUNDS
from ..shared.tally import Tally
from . import status
from .here import add_state_argument

_WIDTH = 8  # of a number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    add_state_argument(parser)
    parser.epilog = "Totals since this host began to count. Exit status: 0, 70 nothing to read."


def run(options: argparse.Namespace) -> int:
    """Read, print, and return the exit status."""
    try:
        with as_owner(options.state):
            seen = Look.at(options.state, options.state.parent / GATE.name)
    except (CannotAmendError, OSError) as error:
        print(f"ptrgate counters: {error}", file=sys.stderr)
        return status.FAILURE
    if seen.tally is None:
        print(f"ptrgate counters: {options.state}: nothing was counted yet", file=sys.stderr)
        return status.FAILURE
    print(_json(seen, seen.tally) if options.json else _story(seen, seen.tally))
    return 0


def _json(seen: Look, tally: Tally) -> str:
    bounds = [None if math.isinf(bound) else bound for bound in BOUNDS]
    facts = {
        "sessions": [
            {**kind._asdict(), "count": number} for kind, number in tally.sessions.items()
        ],
        "judging": {
            "milliseconds": tally.milliseconds,
            "up_to": [[bound, n] for bound, n in zip(bounds, tally.latency, strict=True)],
        },
        "sources": tally.sources,
        "queries": tally.queries,
        "counters": {counter.name.lower(): n for counter, n in tally.counters.items()},
        "gauges": {gauge.name.lower(): n for gauge, n in tally.gauges.items()},
        "supervisor": asdict(seen.bulletin),
        "gate": asdict(seen.gate.state) if seen.gate else None,
    }
    return json.dumps(facts, indent=2)


def _story(seen: Look, tally: Tally) -> str:
    said, judged = seen.bulletin, sum(tally.latency)
    lines = [f"{'clients':>{_WIDTH}}  finding      rule             action  stage    family"]
    for kind, number in sorted(tally.sessions.items(), key=lambda row: -row[1]):
        lines.append(
            f"{number:{_WIDTH}}  {kind.finding:<12} {kind.rule:<16} {kind.action:<7} "
            f"{kind.stage:<8} {kind.family}"
        )
    total = sum(tally.sessions.values())
    mean = f", {tally.milliseconds / judged:.1f} ms on average" if judged else ""
    lines += [
        f"{total:{_WIDTH}}  in all; {judged} judged{mean}, {tally.queries} questions to DNS",
        _numbers("answers from", tally.sources),
        _numbers("other", {one.name.lower(): n for one, n in tally.counters.items()}),
        f"  policy {said.policy or 'unknown'} ({said.mode or 'unknown'})",
        f"  workers: {said.serving} of {said.wanted} serve, "
        + _numbers("ever", {"started": said.started, "died": said.died, "hung": said.hung}).strip(),
    ]
    lines += [f"  a newer policy was refused: {said.refused}"] if said.refused else []
    return "\n".join(lines)


def _numbers(words: str, numbers: Mapping[str, int]) -> str:
    return f"  {words}: " + ", ".join(f"{name} {number}" for name, number in numbers.items())

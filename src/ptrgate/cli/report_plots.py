# SPDX-License-Identifier: GPL-3.0-or-later
"""The plots of a report's page."""

from collections.abc import Iterator, Mapping, Sequence

from ..judge.refusal import printable
from ..judge.words import Finding
from ..outbound.gate import Rung
from . import plots
from .report_sums import Worst, together
from .reported import Host

_LONGEST = 30
_FINDINGS = {
    Finding.OK.value: "#54a24b",
    Finding.NO_PTR.value: "#e45756",
    Finding.FORGED.value: "#b279a2",
    Finding.DYNAMIC.value: "#4c78a8",
    Finding.DNS_FAILURE.value: "#f2a541",
    "none": "#9d9da1",
}
_ACTIONS = {
    "accept": "#54a24b",
    "log": "#9ecae9",
    "tag": "#4c78a8",
    "defer": "#f2a541",
    "refuse": "#e45756",
}
_RUNGS = {
    Rung.DIRECT.value: "#54a24b",
    Rung.IPV4.value: "#88d27a",
    Rung.IPV6.value: "#c6e8be",
    Rung.SMARTHOST.value: "#f2a541",
    Rung.HOLD.value: "#e45756",
}


def trend(days: Mapping[str, Mapping[str, int]]) -> str:
    """Return a column for each day, coloured by finding."""
    rows = {
        _name(day): [(finding, counts.get(finding, 0)) for finding in _FINDINGS]
        for day, counts in days.items()
    }
    return plots.columns("sessions a day", rows, _FINDINGS)


def organisations(rows: Sequence[Worst]) -> str:
    """Return a bar for each organisation, coloured by what was done."""
    bars = {_name(one.name): [("refuse", one.refuse), ("defer", one.defer)] for one in rows}
    colours = {action: _ACTIONS[action] for action in ("refuse", "defer")}
    return plots.bars("sessions, by organisation", bars, colours)


def hosts(rows: Sequence[Host]) -> str:
    """Return a bar for each host, coloured by what was done."""
    bars = {_name(host.name): together([host]) for host in rows}
    return plots.bars("sessions, by host", bars, _ACTIONS)


def gates(rows: Sequence[Host], since: float, now: float) -> str:
    """Return a line of time for each host, coloured by the rung its gate stood on."""
    drawn = [plots.words(0, 14, "rung of the gate"), *plots.legend(_RUNGS, plots.LEFT + 150)]
    for place, host in enumerate(rows):
        y = plots.TOP + place * plots.BAR
        drawn.append(plots.words(plots.LEFT - 8, y + 14, _name(host.name), "end"))
        for begin, end, rung in spans(host, since, now):
            x = plots.LEFT + (begin - since) / (now - since) * plots.WIDTH
            width = (end - begin) / (now - since) * plots.WIDTH
            colour = _RUNGS.get(rung, plots.OTHER)
            drawn.append(plots.rectangle(x, y + 2, width, plots.BAR - 5, colour, _name(rung)))
    return plots.svg(drawn, plots.TOP + len(rows) * plots.BAR + 6)


def spans(host: Host, since: float, now: float) -> Iterator[tuple[float, float, str]]:
    """Yield from when to when the gate stood on which rung; nothing of a host without a gate."""
    moves = sorted((move for move in host.moves if move.rung), key=lambda move: move.at)
    at, rung = since, moves[0].before if moves else host.rung
    for move in moves:
        when = min(max(move.at, since), now)
        if rung and when > at:
            yield at, when, rung
        at, rung = when, move.rung
    if rung and now > at:
        yield at, now, rung


def _name(text: str) -> str:
    return printable(text, _LONGEST)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of some days: one page for a browser, of one host or of a fleet."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from ..judge.refusal import printable
from . import plots, report_plots
from .report_sums import Worst, by_day, ending, together, worst
from .reported import Host

_LONGEST = 60
SOON = 30  # days
SHOWN = 30  # organisations
_OLD_CERTIFICATE = 14


def page(hosts: Sequence[Host], since: float, now: float) -> str:
    """Return the page; times are Unix seconds. What hosts say is text, whatever it holds."""
    there = sorted((host for host in hosts if not host.missing), key=lambda host: host.name)
    missing = sorted((host for host in hosts if host.missing), key=lambda host: host.name)
    bad = worst(there)
    parts = [
        f"<h1>Mail by reverse DNS, {_day(since)} to {_day(now)}</h1>",
        *_head(there),
        *(f"<p>!! {shown(host.name)}: {shown(host.missing)}</p>" for host in missing),
        "<h2>Day by day</h2>",
        report_plots.trend(by_day(there)),
        "<h2>Whom it hit, worst first</h2>",
        report_plots.organisations(bad[:20]),
        *_organisations(bad, sum(host.left_out for host in there)),
        "<h2>Exemptions that end</h2>",
        *_exemptions(there),
        "<h2>How mail left</h2>",
        report_plots.gates(there, since, now),
        *_moves(there),
        "<h2>Host beside host</h2>",
        report_plots.hosts(there),
        *_hosts(there),
    ]
    body = "\n".join(parts)
    return f"{plots.head('PTRgate report')}{body}\n</body></html>\n"


def shown(text: str) -> str:
    """Return words for HTML; whatever they were, they are printable ASCII before it is escaped."""
    return escape(" ".join(printable(word, _LONGEST) for word in text.split(" ")))


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield a table; whole numbers are counts, others shares, all else is shown as words."""
    yield '<div class="wide"><table><tr>'
    yield "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
    yield "</table></div>"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int) else shown(str(value))


def _day(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).date().isoformat()


def _head(hosts: Sequence[Host]) -> Iterator[str]:
    total, sums = sum(host.sessions() for host in hosts), together(hosts)
    told = ", ".join(f"{number:,} {shown(action)}" for action, number in sums)
    yield f"<p>{len(hosts)} hosts, {total:,} sessions{': ' if told else ''}{told}.</p>"
    policies = {host.policy for host in hosts}
    if len(policies) > 1:
        yield "<p>!! The hosts have different policies: see the last table.</p>"


def _organisations(bad: Sequence[Worst], left_out: int) -> Iterator[str]:
    heads = ("organisation", "refused", "deferred", "hosts", "finding")
    yield from table(
        heads, ((one.name, one.refuse, one.defer, one.hosts, one.findings) for one in bad[:SHOWN])
    )
    if more := len(bad[SHOWN:]) + left_out:
        yield f'<p class="note">and {more:,} more</p>'
    yield (
        '<p class="note">In sessions: the domain of the name, or the network where there is none.'
        " Is one wanted? <code>ptrgate why ADDRESS</code>, <code>ptrgate exempt add</code>.</p>"
    )


def _exemptions(hosts: Sequence[Host]) -> Iterator[str]:
    rows = ending(hosts, SOON)
    if not rows:
        yield f"<p>None within {SOON} days.</p>"
        return
    heads = ("id", "last day", "days left", "who", "owner", "reason", "hosts")
    yield from table(
        heads,
        (
            (one.identity, one.expires, one.days_left, one.who, one.owner, one.reason, names)
            for one, names in rows
        ),
    )


def _moves(hosts: Sequence[Host]) -> Iterator[str]:
    moves = sorted(((move.at, host.name, move) for host in hosts for move in host.moves), key=_when)
    if not moves:
        yield "<p>No gate moved.</p>"
        return
    rows = ((_time(at), name, one.event, one.before, one.rung) for at, name, one in moves[-SHOWN:])
    yield from table(("when (UTC)", "host", "event", "from", "to"), rows)


def _when(row: tuple[float, str, object]) -> tuple[float, str]:
    return row[:2]


def _time(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M")


def _hosts(hosts: Sequence[Host]) -> Iterator[str]:
    heads = [
        "host", "sessions", "refused", "19 of 20 judged within", "mail leaves", "in queue",
        "errors ever", "certificate", "policy",
    ]  # fmt: skip
    yield from table(heads, (_host(host) for host in hosts))


def _host(host: Host) -> tuple[object, ...]:
    total, left = host.sessions(), host.certificate_days
    share = host.sessions("refuse") / total if total else "-"
    within = "-" if host.most_within is None else f"{host.most_within:g} ms"
    queued = "unknown" if host.queued is None else host.queued
    ends = "-" if left is None else f"{'!! ' if left < _OLD_CERTIFICATE else ''}{left:.0f} days"
    policy = f"{host.policy} ({host.mode})"
    return (host.name, total, share, within, host.rung or "-", queued, host.errors, ends, policy)

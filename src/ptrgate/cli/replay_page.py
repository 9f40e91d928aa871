# SPDX-License-Identifier: GPL-3.0-or-later
"""What a replay found, as one page for a browser: no script, nothing fetched, plots inside."""

from collections.abc import Iterable, Iterator
from html import escape

from ..logs.report import ACTIONS, Facts
from . import plots, replay_plots
from .replay_text import shown, word

_COUNTS = ("sessions", "clients", "messages")
MOST = 200  # organisations on the page


def page(facts: Facts) -> str:
    """Return the page."""
    parts = [
        "<h1>What a policy would have done</h1>",
        *_head(facts),
        "<h2>By finding</h2>",
        *_outcomes(facts),
        *_changes(facts),
        "<h2>Day by day</h2>",
        replay_plots.days(facts["days"]),
        "<h2>Whom it would cost what, worst first</h2>",
        *_organisations(facts),
        *(f'<p class="note">{_text(note)}</p>' for note in facts["notes"]),
    ]
    return plots.head("PTRgate replay") + "\n".join(parts) + "\n</body></html>\n"


def _text(words: str) -> str:
    """Return words for HTML; what strangers wrote is printable ASCII before it is escaped."""
    return escape(shown(words))


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield '<div class="wide"><table><tr>'
    yield "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
    yield "</table></div>"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _text(str(value))


def _head(facts: Facts) -> Iterator[str]:
    days = list(facts["days"]) or ["-"]
    yield f"<p>{facts['lines']:,} lines of {_text(', '.join(facts['files']))}, "
    yield f"{_text(days[0])} to {_text(days[-1])}: {facts['sessions']:,} sessions of "
    yield f"{facts['clients']:,} clients at port 25, {facts['messages']:,} messages of theirs "
    yield f"arrived, {facts['turned_away']:,} sessions were turned away then.</p>"


def _outcomes(facts: Facts) -> Iterator[str]:
    for policy, rows in zip(facts["policies"], facts["outcomes"], strict=True):
        yield f"<h3>{_text(policy['file'])} ({_text(policy['digest'])})</h3>"
        yield replay_plots.findings(rows)
        cells = ((word(r["finding"]), word(r["action"]), *(r[c] for c in _COUNTS)) for r in rows)
        yield from _table(("finding", "action", *_COUNTS), cells)


def _changes(facts: Facts) -> Iterator[str]:
    if "changes" not in facts:
        return
    yield "<h2>What the second policy treats otherwise</h2>"
    cells = (
        (
            f"{word(r['finding'])}: {word(r['action'])}",
            f"{word(r['finding_then'])}: {word(r['action_then'])}",
            *(r[c] for c in _COUNTS),
        )
        for r in facts["changes"]
    )
    yield from _table(("first", "second", *_COUNTS), cells)


def _organisations(facts: Facts) -> Iterator[str]:
    rows = facts["organisations"][:MOST]
    yield replay_plots.organisations(rows)
    heads = ["organisation", "clients"]
    heads += [f"{word(a)}: {what}" for a in ACTIONS for what in ("messages", "sessions")]
    cells = (
        (
            row["name"],
            row["clients"],
            *(
                row["then"].get(action, {}).get(what, 0)
                for action in ACTIONS
                for what in ("messages", "sessions")
            ),
            "we write to them" if row["answered"] else ", ".join(row["sender_domains"]) or "-",
        )
        for row in rows
    )
    yield from _table((*heads, "mail as"), cells)
    left = len(facts["organisations"]) - len(rows) + facts["organisations_left_out"]
    if left:
        yield f"<p>and {left:,} more</p>"

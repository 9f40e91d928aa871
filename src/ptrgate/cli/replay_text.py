# SPDX-License-Identifier: GPL-3.0-or-later
"""What a replay found, as a person reads it on a terminal."""

from collections.abc import Iterator, Mapping

from ..judge.refusal import printable
from ..logs.report import ACTIONS, Facts

_LONGEST = 48
WORDS = {"not_told_apart": "not told apart", "not_judged": "not judged", "open": "unknown"}


def tell(facts: Facts, most: int) -> str:
    """Return the report in text, with at most so many organisations."""
    lines = [*_head(facts), ""]
    for policy, rows in zip(facts["policies"], facts["outcomes"], strict=True):
        lines += [*_table(policy, rows), ""]
    if "changes" in facts:
        lines += [*_changes(facts["changes"]), ""]
    lines += _organisations(facts, most)
    lines += ["", *(f"note: {note}" for note in facts["notes"])]
    return "\n".join(lines).rstrip()


def word(text: str) -> str:
    """Return a finding or an action as people read it."""
    return WORDS.get(text, text)


def _head(facts: Facts) -> Iterator[str]:
    days = list(facts["days"])
    when = f", {shown(days[0])} to {shown(days[-1])}" if days else ""
    yield f"{facts['lines']:,} lines of {', '.join(map(shown, facts['files']))}{when}"
    yield (
        f"{facts['sessions']:,} sessions of {facts['clients']:,} clients at port 25;"
        f" {facts['messages']:,} messages of theirs arrived;"
        f" {facts['turned_away']:,} sessions were turned away then"
    )


def _table(policy: Mapping[str, str], rows: list[Facts]) -> Iterator[str]:
    yield f"Policy {shown(policy['file'])} ({policy['digest']}) would have done:"
    yield f"  {'finding':<16}{'action':<10}{'sessions':>12}{'clients':>10}{'messages':>12}"
    for row in rows:
        counts = f"{row['sessions']:>12,}{row['clients']:>10,}{row['messages']:>12,}"
        yield f"  {word(row['finding']):<16}{word(row['action']):<10}{counts}"


def _changes(rows: list[Facts]) -> Iterator[str]:
    yield "Of these the second policy treats otherwise:" if rows else "Both treat everybody alike."
    for row in rows:
        before = f"{word(row['finding'])}: {word(row['action'])}"
        after = f"{word(row['finding_then'])}: {word(row['action_then'])}"
        counts = f"{row['sessions']:>12,}{row['clients']:>10,}{row['messages']:>12,}"
        yield f"  {before:<26} -> {after:<26}{counts}"


def _organisations(facts: Facts, most: int) -> Iterator[str]:
    rows = facts["organisations"]
    if not rows:
        yield "Nobody would be refused or deferred."
        return
    yield "Whom it would cost what, worst first; each as messages that had arrived/sessions"
    yield f"  {'refused':>12} {'deferred':>12} {'unknown':>12}   organisation"
    for row in rows[:most]:
        cells = " ".join(f"{_cell(row, action):>12}" for action in ACTIONS)
        yield f"  {cells}   {_who(row)}"
    left = len(rows) - most + facts["organisations_left_out"]
    if left > 0:
        yield f"  and {left:,} more"


def _cell(row: Facts, action: str) -> str:
    def sums(when: str) -> str:
        met = row[when].get(action)
        return f"{met['messages']}/{met['sessions']}" if met else "-"

    before, then = sums("before") if "before" in row else "", sums("then")
    return f"{before}>{then}" if before and before != then else then


def _who(row: Facts) -> str:
    said = f"{shown(row['name'])} ({row['clients']})"
    if row["answered"]:
        said += ", somebody here writes to them"
    elif row["messages"]:
        said += f", mail as {shown(row['sender_domains'][0] if row['sender_domains'] else '<>')}"
    return said


def shown(text: str) -> str:
    """Return what strangers may have written as printable ASCII."""
    return " ".join(printable(part, _LONGEST) for part in text.split(" "))

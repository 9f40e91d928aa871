# SPDX-License-Identifier: GPL-3.0-or-later
"""What check found out, as a person reads it: the chain, the verdict, what to do."""

from collections.abc import Iterator, Sequence
from textwrap import fill

from ..diagnosis.remedies import remedy
from ..judge.finding import Judgement
from ..judge.forward import NameSeen
from ..judge.words import Action, Finding, NameResult
from ..lookup.servers import Server, shown
from .checked import Checked

_WIDTH = 88
_SHOWN_ADDRESSES = 4
_COLOURS = {Action.REFUSE: "31", Action.DEFER: "33"}  # red, yellow; green for the rest
_SAID = {
    NameResult.CONFIRMED: "leads back",
    NameResult.MISMATCH: "does not lead back",
    NameResult.NO_ADDRESS: "has no address",
    NameResult.FAILED: "could not be asked",
    NameResult.JUNK: "does not count",
    NameResult.NOT_ASKED: "not asked, not needed",
}


def tell(checked: Checked, asked: Sequence[Server], *, colour: bool) -> str:
    """Return the story in a few lines."""
    lines = [checked.address]
    if checked.judgement is not None:
        lines += _chain(checked.judgement)
    lines += ["", *_verdict(checked, colour=colour)]
    if checked.judgement is not None and checked.judgement.finding is not Finding.OK:
        lines += ["", *_what_to_do(checked.judgement)]
    if checked.judgement is not None:
        queries = checked.judgement.iprev.queries
        servers = ", ".join(map(shown, asked))
        many = "1 query" if queries == 1 else f"{queries} queries"
        lines += ["", f"{many} to {servers} in {checked.milliseconds} ms"]
    if checked.here.pause:
        lines += ["", f"This host is PAUSED {checked.here.pause}; ptrgate resume ends it"]
    lines += checked.here.glance.sentences()
    lines += [f"note: {note}" for note in checked.here.notes]
    return "\n".join(lines)


def _chain(judgement: Judgement) -> Iterator[str]:
    """Show the way from the address to its names and back."""
    iprev = judgement.iprev
    if not iprev.names:
        yield f"  PTR   {iprev.reason if judgement.finding is Finding.DNS_FAILURE else 'none'}"
    for seen in iprev.names:
        yield f"  PTR   {seen.name}"
        yield _back(seen, is_ipv6=":" in iprev.address)
    if iprev.truncated:
        yield f"  ...   and more; only the first {len(iprev.names)} in the alphabet count"


def _back(seen: NameSeen, *, is_ipv6: bool) -> str:
    kind = "AAAA" if is_ipv6 else "A"
    some = ", ".join(seen.addresses[:_SHOWN_ADDRESSES])
    more = len(seen.addresses) - _SHOWN_ADDRESSES
    where = some + (f" and {more} more" if more > 0 else "")
    said = _SAID[seen.result] + (f": {seen.reason}" if seen.reason else "")
    return f"    {kind:<4}  {where}{'  ' if where else ''}({said})"


def _verdict(checked: Checked, *, colour: bool) -> Iterator[str]:
    decision = checked.decision
    if checked.judgement is not None:
        yield f"iprev    {checked.judgement.iprev.result}: {checked.reason}"
        yield f"finding  {_finding(checked.judgement)}"
    else:
        yield f"iprev    not asked: {checked.reason}"
    word = decision.action.value
    if colour:
        word = f"\033[1;{_COLOURS.get(decision.action, '32')}m{word}\033[0m"
    spared = "" if decision.would is decision.action else f"; otherwise {decision.would}"
    yield f"action   {word} (rule {decision.rule}{spared})"
    if checked.reply is not None:
        yield f"reply    {checked.reply}"


def _finding(judgement: Judgement) -> str:
    finding, diagnosis = judgement.finding.value, judgement.diagnosis.value
    return finding if finding == diagnosis else f"{finding} ({diagnosis})"


def _what_to_do(judgement: Judgement) -> Iterator[str]:
    address, name = judgement.iprev.address, judgement.name
    words = remedy(judgement.diagnosis, address=address, name=name)
    yield words.title
    for label, text in (("", words.meaning), ("Who: ", words.who), ("Ask: ", words.ask)):
        yield fill(label + text, _WIDTH, initial_indent="  ", subsequent_indent="  ")

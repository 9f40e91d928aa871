# SPDX-License-Identifier: GPL-3.0-or-later
"""What why found out: told to a person, or as JSON. Strangers' words are shown escaped."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..judge.policy import Exemption, Policy
from ..judge.refusal import printable, reply
from ..judge.token import Notice
from ..judge.words import Action, Finding, RefuseAt
from ..logs.asked import Asked, Kind
from ..logs.journald import Entry
from ..logs.sessions import Session
from ..shared.grants import Grant
from ..shared.timed import moment
from ..shared.vetting import readable_id
from .checked import Checked
from .exemptions_told import inventory_line
from .here import Here
from .story import tell as tell_check

_SHOWN = 120  # characters of a stranger's word
_SESSIONS = 5
_REFUSING = (Action.REFUSE, Action.DEFER)


@dataclass(frozen=True, slots=True)
class Account:
    """What was asked, then and now; ``exemption`` is what would let the client in today."""

    way: Asked
    notice: Notice | None = None
    sessions: tuple[Session, ...] = ()
    mail: tuple[Entry, ...] = ()
    today: Checked | None = None
    exemption: Exemption | None = None
    here: Here = field(default_factory=Here)
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether anything is known of what happened."""
        return bool(self.notice or self.sessions or self.mail)

    @property
    def address(self) -> str:
        """The client's address, empty if it is not known."""
        if self.way.kind is Kind.ADDRESS:
            return self.way.text
        if self.notice:
            return self.notice.address
        return self.sessions[-1].line.get("address", "") if self.sessions else ""


def facts(told: Account, policy: Policy) -> dict[str, Any]:
    """Return the JSON object; its keys are a promise. Strangers' words are as they were sent."""
    notice = told.notice
    return {
        "asked": {"kind": told.way.kind.value, "text": told.way.text},
        "notice": notice
        and {
            "when": moment(notice.minute * 60),
            "address": notice.address,
            "finding": notice.finding.value,
            "action": notice.action.value,
        },
        "sessions": [
            {"when": moment(one.when), "host": one.host, **one.line} for one in told.sessions
        ],
        "mail": [f"{moment(one.when)} {one.message}" for one in told.mail],
        "today": told.today.facts() if told.today else None,
        "changed": list(_changes(told, policy)),
        "exemption": told.exemption
        and {"command": command(told.exemption), "inventory": _line(told)},
        "notes": list(told.notes),
    }


def tell(told: Account, policy: Policy) -> str:
    """Return the story: then, now, what changed, and what to paste."""
    lines = [*_notice(told), *_then(told, policy)]
    lines += [f"  {moment(one.when)}  {printable_words(one.message)}" for one in told.mail]
    lines += [f"note: {note}" for note in told.notes]
    if told.today:
        asked = policy.nameservers
        lines += ["", "TODAY", tell_check(told.today, asked, colour=False)]
    lines += [f"  changed  {change}" for change in _changes(told, policy)]
    return "\n".join([*lines, *_remedy(told)])


def _notice(told: Account) -> Iterator[str]:
    notice = told.notice
    if notice:
        yield (
            f"A notice signed with a key of ours: {notice.address} was told {notice.finding}"
            f" (action {notice.action}) at {moment(notice.minute * 60)[:16]} UTC"
        )


def _then(told: Account, policy: Policy) -> Iterator[str]:
    *earlier, last = told.sessions[-_SESSIONS:] if told.sessions else (None,)
    more = len(told.sessions) - _SESSIONS
    if more > 0:
        yield f"{more} sessions before these:"
    for session in earlier:
        if session:
            line = session.line
            words = (line.get(key, "-") for key in ("address", "finding", "action", "rule"))
            yield f"  {moment(session.when)}  {'  '.join(map(printable_words, words))}"
    if last:
        yield from _session(told, last, policy)


def _session(told: Account, session: Session, policy: Policy) -> Iterator[str]:
    """Tell one line of the milter in sentences."""
    line = {key: printable_words(value) for key, value in session.line.items()}
    yield f"{moment(session.when)} on {printable_words(session.host)}, ref {line.get('ref', '-')}"
    helo = f", which calls itself {line['helo']}" if "helo" in line else ""
    yield f"  client   {line.get('address', 'none: a program of this host')}{helo}"
    named, others = session.recipients
    if "from" in line or named:
        to = ", ".join(map(printable_words, named)) + (f" and {others} more" if others else "")
        yield f"  mail     from {line.get('from', '?')} to {to or '?'}"
    if "iprev" in line:
        name = f", name {line['name']}" if "name" in line else ", no name"
        yield (
            f"  seen     iprev {line['iprev']}{name} ({line.get('queries', '?')} queries,"
            f" {line.get('ms', '?')} ms, source {line.get('source', '?')})"
        )
    spared = f", otherwise {line['would']}" if line.get("would") != line.get("action") else ""
    yield f"  finding  {line.get('finding', 'none: nothing was looked up')}"
    yield (
        f"  action   {line.get('action', '?')} at {line.get('stage', '?')}"
        f" (rule {line.get('rule', '?')}{spared}; policy {line.get('policy', '?')})"
    )
    if said := _said(told, session, policy):
        yield f"  reply    {said}"


def _said(told: Account, session: Session, policy: Policy) -> str:
    """Return the reply made anew from the line; only the help page's address may have changed."""
    line = session.line
    finding, action = line.get("finding", ""), line.get("action", "")
    spoken = finding in list(Finding) and finding != Finding.OK
    if action not in _REFUSING or not spoken or not {"ref", "address"} <= line.keys():
        return ""
    end = told.way.text if told.way.kind is Kind.TOKEN else line["ref"] + "..."
    words = reply(
        Finding(finding),
        action=Action(action),
        address=line["address"],
        name=line.get("name", ""),
        url=f"{policy.help_url}/r/{end}" if policy.help_url else "",
        refuse_at=RefuseAt.MAIL if line.get("stage") == "mail" else RefuseAt.RCPT,
    )
    return str(words)


def _changes(told: Account, policy: Policy) -> Iterator[str]:
    """Say what is other today than it was then."""
    if not told.sessions or told.today is None:
        return
    line, today = told.sessions[-1].line, told.today
    then = line.get("policy", "")
    if then != policy.digest:
        yield f"the policy: it was {printable_words(then) or 'unknown'}, it is {policy.digest}"
    now = today.judgement.finding.value if today.judgement else ""
    for name, before, after in (
        ("finding", line.get("finding", ""), now),
        ("rule", line.get("rule", ""), today.decision.rule),
        ("action", line.get("action", ""), today.decision.action.value),
    ):
        if before != after:
            was = printable_words(before) or "none"
            yield f"the {name}: it was {was}, it would be {after or 'none'}"


def _remedy(told: Account) -> Iterator[str]:
    if told.exemption is None:
        if told.today and not told.today.decision.rule.startswith("exemption:"):
            yield "\nNothing stands in its way today: ask the sender to try again."
        return
    yield "\nTo let this client in (narrowest; add --recipient or --name-suffix to narrow it more):"
    yield f"  {command(told.exemption)}"
    yield "On all hosts, one line below ptrgate_exemptions in the inventory, then site.yml:"
    yield f"  - {_line(told)}"


def command(exemption: Exemption) -> str:
    """Return the exemption as a command that a shell takes as it stands."""
    words = ["ptrgate", "exempt", "add", str(exemption.network)]
    words += ["--until", str(exemption.expires)]
    words += ["--owner", exemption.owner, "--reason", exemption.reason]
    return shlex.join(words)


def _line(told: Account) -> str:
    if told.exemption is None:
        return ""
    taken = {each.id for each in told.here.exemptions}
    named = replace(told.exemption, id=readable_id(told.exemption, taken))
    return inventory_line(Grant(named))


def printable_words(text: str) -> str:
    """Return a stranger's text as ASCII, its blanks left as they are."""
    return " ".join(printable(word, _SHOWN) for word in text[:500].split(" "))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: the addresses of each name, and whether ours is among them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from .addresses import parse
from .answers import Answer, AnswerStatus, Lookup
from .names import junk
from .words import NameResult

MAX_SHOWN = 32  # addresses kept a name, so that a huge answer stays a small result


@dataclass(frozen=True, slots=True)
class NameSeen:
    """One name of the address, and where it leads."""

    name: str
    addresses: tuple[str, ...]
    result: NameResult
    reason: str = ""


@dataclass(slots=True)
class Forward:
    """Asks for the addresses of names until one is confirmed that is ``enough``.

    ``ours`` are this host's own names: borne by a stranger and not confirmed, they are junk.
    """

    client: IPv4Address | IPv6Address
    lookup: Lookup
    ours: Collection[str]
    enough: Callable[[str], bool]
    queries: int = 0
    answers: list[Answer] = field(default_factory=list)
    _seen: dict[str, NameSeen] = field(default_factory=dict)

    def ask(self, names: Sequence[str]) -> tuple[NameSeen, ...]:
        """Ask for each name once, then once more for those that met silence.

        In this order one deaf zone cannot use up the time of the name that answers.
        """
        silent = list(names)
        for _round in ("first", "second"):
            silent = self._round(silent)
        return tuple(self._seen.get(n) or NameSeen(n, (), NameResult.NOT_ASKED) for n in names)

    def _round(self, names: Sequence[str]) -> list[str]:
        """Ask for each name; return those worth a second question (none once one is enough)."""
        silent = []
        for name in names:
            why_junk = junk(name)
            if why_junk:
                self._seen[name] = NameSeen(name, (), NameResult.JUNK, why_junk)
                continue
            answer = self.lookup.addresses(name, self.client.version)
            self.queries += answer.queries
            self.answers.append(answer)
            self._seen[name] = seen = self._judge(name, answer)
            if seen.result is NameResult.CONFIRMED and self.enough(name):
                return []
            if answer.again:
                silent.append(name)
        return silent

    def _judge(self, name: str, answer: Answer) -> NameSeen:
        if answer.status is AnswerStatus.FAILED:
            return NameSeen(name, (), NameResult.FAILED, answer.reason)
        found = _addresses(answer)
        shown = tuple(str(address) for address in sorted(found, key=int)[:MAX_SHOWN])
        if self.client in found:
            # with thousands of addresses the one that counts is still shown
            shown = shown if str(self.client) in shown else (*shown[:-1], str(self.client))
            return NameSeen(name, shown, NameResult.CONFIRMED)
        if name in self.ours:
            return NameSeen(name, shown, NameResult.JUNK, "it is our own name, not theirs")
        if found:
            return NameSeen(name, shown, NameResult.MISMATCH)
        return NameSeen(name, (), NameResult.NO_ADDRESS)


def _addresses(answer: Answer) -> set[IPv4Address | IPv6Address]:
    """Return the addresses of an answer; what is none is left out, whoever sent it."""
    found = set()
    for value in answer.values:
        try:
            found.add(parse(value))
        except ValueError:
            continue
    return found

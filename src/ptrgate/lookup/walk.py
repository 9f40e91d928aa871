# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks from the root to the authoritative servers, as a receiver's resolver does.

Bounded in questions, servers and time, for whoever delegates may delegate in circles. It believes
no cache and validates nothing: that is the local resolver's part.
"""

from __future__ import annotations

from collections.abc import Sequence

from dns.rdatatype import AAAA, A, RdataType

from ..judge.answers import AnswerStatus
from ..judge.trail import Asked, Said
from .ask import Over, Questions
from .labels import Labels, text
from .reply import Cut, Heard, is_in
from .servers import Server
from .way import Walk, answer

MAX_ASKED = 6  # servers of one zone
MAX_DEPTH = 3  # nameservers whose address is a name below another such nameserver


class Paths:
    """Knows the delegations and the nameservers' addresses that were seen on the way."""

    def __init__(self, roots: Sequence[Server], questions: Questions) -> None:
        """Begin at these servers."""
        self.questions = questions
        self._cuts: dict[Labels, Cut] = {
            (): Cut((), (), tuple(((), (host,)) for host, _port in roots))
        }
        self._addresses: dict[Labels, tuple[str, ...]] = {}

    def follow(self, name: Labels, rdtype: RdataType, depth: int = 0) -> Walk:
        """Follow one question from the root to its end.

        Never raises for what DNS does; for a nameserver's address (``depth``) raises Over.
        """
        walk = Walk(rdtype, [name], depth, cut=self._cuts[()])
        try:
            self._descend(walk)
            while walk.heard and walk.heard.alias and not walk.is_loop:
                walk.names.append(walk.heard.alias)
                self._descend(walk)
        except Over as over:
            if depth:
                raise
            walk.over = str(over)
        return walk

    def cut(self, name: Labels) -> Cut:
        """Return the deepest delegation seen that holds a name."""
        holding = (cut for cut in self._cuts.values() if is_in(name, cut.zone))
        return max(holding, key=lambda cut: len(cut.zone))

    def _descend(self, walk: Walk) -> None:
        """Go down to the last zone above the name and ask there."""
        walk.cut = self.cut(walk.names[-1])
        while below := self._ask(walk):
            walk.cut = self._cuts[below.zone] = below

    def _ask(self, walk: Walk) -> Cut | None:
        """Ask the zone's servers until one refers further down, else all of them.

        Those that were silent are asked once more if nobody else has what is asked for: one lost
        packet must not leave the word to a server that never had it. For the address of a
        nameserver one answer is enough.
        """
        latest: dict[int, Heard] = {}
        servers = list(enumerate(walk.cut.servers[:MAX_ASKED]))
        for _round in ("first", "second"):
            for number, server in servers:
                heard = latest[number] = self._put(walk, server)
                walk.replies = list(latest.values())
                if heard.cut or (walk.depth and heard.said is Said.ANSWER):
                    return heard.cut
            servers = [(n, one) for n, one in servers if latest[n].said is Said.SILENT]
            if walk.heard and (walk.heard.values or walk.heard.alias is not None):
                break
        return None

    def _put(self, walk: Walk, server: tuple[Labels, tuple[str, ...]]) -> Heard:
        """Ask one server, and write down what it said."""
        name, zone = walk.names[-1], walk.cut.zone
        label, known = server
        addresses, is_certain = (known, True) if known else self.addresses(label, walk.depth + 1)
        if addresses or is_certain:
            address, heard, milliseconds = self.questions.put(addresses, name, walk.rdtype, zone)
        else:
            unknown = Heard(Said.SILENT, "its address could not be looked up")
            address, heard, milliseconds = "", unknown, 0
        question = f"{RdataType.to_text(walk.rdtype)} {text(name)}"
        shown = text(label) if label else ""
        said = (heard.said, heard.reply, heard.values, milliseconds)
        walk.asked.append(Asked(shown, address, text(zone), question, *said))
        return heard

    def addresses(self, nameserver: Labels, depth: int = 1) -> tuple[tuple[str, ...], bool]:
        """Return the addresses of a nameserver, IPv4 first, and whether that is certain."""
        if nameserver in self._addresses:
            return self._addresses[nameserver], True
        if depth > MAX_DEPTH:
            return (), False
        found = [answer(self.follow(nameserver, rdtype, depth)) for rdtype in (A, AAAA)]
        values = tuple(value for one in found for value in one.values)
        is_certain = bool(values) or all(one.status is not AnswerStatus.FAILED for one in found)
        if is_certain:
            self._addresses[nameserver] = values
        return values, is_certain

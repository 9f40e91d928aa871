# SPDX-License-Identifier: GPL-3.0-or-later
"""A log against one policy or two: sessions, clients and messages, and whose they were."""

from collections.abc import Iterable, Mapping, Sequence

from ..judge.addresses import parse
from ..judge.words import Finding
from .clients import MAX_CLIENTS, Client, Clients
from .cost import MAX_SHOWN, Organisation, Seen, Sums, organisation
from .outcome import Case, Judge
from .visits import Delivery, Event, Told, Visit

MAX_ORGANISATIONS = 50_000
MAX_DAYS = 4_000
MAX_WRITTEN = 200_000


class Replay:
    """Takes events in any order, and keeps what a report needs and no more."""

    def __init__(self, judges: Sequence[Judge], most_clients: int = MAX_CLIENTS) -> None:
        """Judge by one policy, or by two to compare."""
        self._judges = tuple(judges)
        self.clients = Clients(self._minds, self._settle, most_clients)
        self.cells: dict[tuple[Seen, ...], Sums] = {}
        self.organisations: dict[str, Organisation] = {}
        self.others = 0  # organisations that were too many, cheapest first
        self.days: dict[str, list[int]] = {}  # sessions by Postfix, by the milter, messages
        self.written: set[str] = set()  # domains that somebody here wrote to
        self.received: set[str] = set()  # domains that strangers' mail arrived for: ours
        self.away = 0
        self.asked: Mapping[str, tuple[Finding, str]] = {}
        self.unreadable = 0  # sessions of what is no address
        self.settled = 0  # clients

    def _minds(self, sender: str, recipient: str) -> bool:
        return any(judge.minds(sender, recipient) for judge in self._judges)

    def take(self, events: Iterable[Event]) -> None:
        """Take what some lines told."""
        for event in events:
            if isinstance(event, Visit):
                self.clients.visit(event)
                self._day(event.day, 0)
            elif isinstance(event, Told):
                self.clients.told(event)
                self._day(event.day, 1)
            elif isinstance(event, Delivery):
                self.clients.delivery(event)
                self._day(event.day, 2)
                if len(self.received) < MAX_WRITTEN:
                    self.received.add(event.recipient.rpartition("@")[2].lower())
            elif len(self.written) < MAX_WRITTEN:
                self.written.add(event.domain)

    def _day(self, day: str, which: int) -> None:
        counts = self.days.get(day)
        if counts is None:
            if len(self.days) >= MAX_DAYS:
                return
            counts = self.days[day] = [0, 0, 0]
        counts[which] += 1

    def finish(self, asked: Mapping[str, tuple[Finding, str]] | None = None) -> None:
        """Judge whoever is left, ``asked``: what DNS says now of addresses not told apart."""
        self.asked = asked or {}
        self.clients.settle_all()

    def _settle(self, client: Client) -> None:
        try:
            parse(client.address)
        except ValueError:  # digits and colons that are no address
            self.unreadable += sum(count for _, count in client.sessions())
            return
        self.settled += 1
        self.away += client.away
        judged: dict[Case, tuple[Seen, ...]] = {}
        cells: dict[tuple[Seen, ...], Sums] = {}
        for case, count in client.sessions():
            _cell(cells, self._judged(client, case, judged)).sessions += count
        for case, count in client.deliveries():
            _cell(cells, self._judged(client, case, judged)).messages += count
        named = next((case.name for case in judged if _is_named(case)), "")
        row = self._organisation(named, client)
        for seen, sums in cells.items():
            sums.clients = 1
            _cell(self.cells, seen).add(sums)
            _cell(row.cells, seen).add(sums)

    def _judged(
        self, client: Client, case: Case, judged: dict[Case, tuple[Seen, ...]]
    ) -> tuple[Seen, ...]:
        """Return what each policy does, from ``judged`` if it is there."""
        if self.asked:
            case = self._known(client, case)
        seen = judged.get(case)
        if seen is None:
            seen = tuple([judge.judge(client.address, case) for judge in self._judges])
            judged[case] = seen
        return seen

    def _known(self, client: Client, case: Case) -> Case:
        """Return the case with what DNS says now, if it was asked."""
        if case.finding is None and (found := self.asked.get(client.address)):
            return Case(*found, case.sender, case.recipient, case.rule, case.authenticated)
        return case

    def _organisation(self, name: str, client: Client) -> Organisation:
        key = organisation(name, client.address)
        row = self.organisations.get(key)
        if row is None:
            if len(self.organisations) >= MAX_ORGANISATIONS:
                self._prune()
            row = self.organisations[key] = Organisation(key, name or client.address)
        row.clients += 1
        if client.domains:
            row.domains = [*dict.fromkeys((*row.domains, *client.domains))][:MAX_SHOWN]
        return row

    def _prune(self) -> None:
        """Forget the half that costs least; the totals have them."""
        kept = sorted(self.organisations.values(), key=Organisation.cost, reverse=True)
        kept = kept[: MAX_ORGANISATIONS // 2]
        self.others += len(self.organisations) - len(kept)
        self.organisations = {one.name: one for one in kept}


def _cell(cells: dict[tuple[Seen, ...], Sums], seen: tuple[Seen, ...]) -> Sums:
    sums = cells.get(seen)
    if sums is None:
        sums = cells[seen] = Sums()
    return sums


def _is_named(case: Case) -> bool:
    return bool(case.name) and case.finding in (Finding.OK, Finding.DYNAMIC)

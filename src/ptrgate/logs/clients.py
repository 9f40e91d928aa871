# SPDX-License-Identifier: GPL-3.0-or-later
"""Every client of a log, until there are too many: then the oldest are settled and forgotten.

The milter's lines and Postfix's may stand in different files, so they are not matched line by line:
a client has as many sessions as the one or the other counts, and those the milter tells of are
taken from Postfix's of the same kind first.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from ..judge.words import Finding
from .outcome import Case
from .visits import Delivery, Told, Visit

MAX_CLIENTS = 100_000
MAX_KINDS = 50  # of sessions or messages of one client that are kept apart
MAX_DOMAINS = 4  # of senders of one client

_Key = TypeVar("_Key", bound=tuple[object, ...])
_FINDINGS: Mapping[str, Finding | None] = {f.value: f for f in Finding} | {"": None}
_NAMED = (Finding.OK, Finding.DYNAMIC)


class Client:
    """What a log says of one address."""

    __slots__ = ("address", "away", "domains", "mail", "told", "visits")

    def __init__(self, address: str) -> None:
        """Begin with nothing."""
        self.address = address
        self.visits: dict[Case, int] = {}
        self.told: dict[Case, int] = {}
        self.mail: dict[tuple[str, str, str], int] = {}
        self.domains: tuple[str, ...] = ()
        self.away = 0

    @property
    def messages(self) -> int:
        """How many messages of it reached somebody."""
        return sum(self.mail.values())

    @property
    def is_partly_open(self) -> bool:
        """Whether a session of it may be one that is not told apart."""
        return any(case.finding is None for counts in (self.visits, self.told) for case in counts)

    def sessions(self) -> Iterator[tuple[Case, int]]:
        """Yield its sessions, each counted once: the milter's first, then what is left."""
        if not self.told:
            yield from self.visits.items()
            return
        left = dict(self.visits)
        for case, count in self.told.items():
            if case.finding is None and any(left.values()):
                continue  # the milter asked nobody; Postfix may know a name
            yield case, count
            _take(left, count, is_named=case.finding in _NAMED)
        yield from ((case, count) for case, count in left.items() if count)

    def deliveries(self) -> Iterator[tuple[Case, int]]:
        """Yield its messages, as its last judged session, or Postfix's name, lets them be seen."""
        told = [case for case in self.told if case.finding is not None]
        for (name, sender, recipient), count in self.mail.items():
            case = told[-1] if told else Case(Finding.OK if name else None, name)
            yield case._replace(sender=sender, recipient=recipient), count


def _take(left: dict[Case, int], count: int, *, is_named: bool) -> None:
    """Take sessions away, those of the same kind first."""
    for key in sorted(left, key=lambda one: bool(one.name) is not is_named):
        taken = min(count, left[key])
        left[key] -= taken
        count -= taken


def _add(counts: dict[_Key, int], key: _Key) -> None:
    count = counts.get(key, 0)
    if not count and len(counts) >= MAX_KINDS:
        key = next(iter(counts))
        count = counts[key]
    counts[key] = count + 1


class Clients:
    """The table; ``minds`` tells whose envelope may change a verdict, ``settle`` takes who goes."""

    def __init__(
        self,
        minds: Callable[[str, str], bool],
        settle: Callable[[Client], None],
        most: int = MAX_CLIENTS,
    ) -> None:
        """Begin empty."""
        self._minds, self._settle, self._most = minds, settle, most
        # a dict looks for its first entry past all that were taken away
        self._clients: OrderedDict[str, Client] = OrderedDict()
        self.forgotten = 0

    def of(self, address: str) -> Client:
        """Return the client of an address, a new one if it is not there."""
        client = self._clients.get(address)
        if client is None:
            if len(self._clients) >= self._most:
                self.forgotten += 1
                self._settle(self._clients.popitem(last=False)[1])
            client = self._clients[address] = Client(address)
        return client

    def visit(self, one: Visit) -> None:
        """Count a session that Postfix logged."""
        client = self.of(one.address)
        client.away += one.turned_away
        envelope = self._envelope(one.sender, one.recipient)
        finding = Finding.OK if one.name else None
        _add(client.visits, Case(finding, one.name, *envelope, "", one.authenticated))

    def told(self, one: Told) -> None:
        """Count a session that the milter logged."""
        client = self.of(one.address)
        envelope = self._envelope(one.sender, one.recipient)
        finding = _FINDINGS.get(one.finding)
        _add(client.told, Case(finding, one.name, *envelope, one.rule))

    def delivery(self, one: Delivery) -> None:
        """Count a message that arrived."""
        client = self.of(one.address)
        key = (one.name, *self._envelope(one.sender, one.recipient))
        _add(client.mail, key)
        domain = one.sender.rpartition("@")[2].lower()
        if domain and len(client.domains) < MAX_DOMAINS and domain not in client.domains:
            client.domains += (domain,)

    def not_told_apart(self) -> list[str]:
        """Return who could be asked about, most messages first, then most sessions."""
        found = [
            (client.messages, sum(count for case, count in open_), address)
            for address, client in self._clients.items()
            if client.is_partly_open
            and (open_ := [(c, n) for c, n in client.sessions() if c.finding is None])
        ]
        return [address for _, _, address in sorted(found, reverse=True)]

    def settle_all(self) -> None:
        """Settle everybody who is left."""
        for client in self._clients.values():
            self._settle(client)
        self._clients.clear()

    def _envelope(self, sender: str, recipient: str) -> tuple[str, str]:
        if (sender or recipient) and self._minds(sender, recipient):
            return sender, recipient
        return "", ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy costs, and whom: sums by outcome, and organisations in the order of their loss."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..judge.addresses import parse
from ..judge.suffixes import known
from ..judge.words import Action

MAX_SHOWN = 8  # sender domains kept an organisation
NOT_JUDGED = "not_judged"
NOT_TOLD_APART = "not_told_apart"
OPEN = "open"

Seen = tuple[str, str]  # finding or one of the two words above; action or "open"


@dataclass(slots=True)
class Sums:
    """How much: sessions, distinct clients, messages that had arrived."""

    sessions: int = 0
    clients: int = 0
    messages: int = 0

    def add(self, other: "Sums") -> None:
        """Add what others sum up to."""
        self.sessions += other.sessions
        self.clients += other.clients
        self.messages += other.messages


@dataclass(slots=True)
class Organisation:
    """Whoever registered a name, or the network of those without one; by outcome."""

    name: str
    example: str
    cells: dict[tuple[Seen, ...], Sums] = field(default_factory=dict)
    domains: list[str] = field(default_factory=list)
    clients: int = 0

    def stopped(self, action: str, policy: int = -1) -> Sums:
        """Return what meets this action under a policy, by default the last."""
        met = [sums for seen, sums in self.cells.items() if seen[policy][1] == action]
        return _total(met)

    def cost(self, policy: int = -1) -> tuple[int, ...]:
        """Return what it would cost, to be compared: lost mail first, then late, then unknown."""
        refused, deferred, unknown = (
            self.stopped(action, policy) for action in (Action.REFUSE, Action.DEFER, OPEN)
        )
        lost = (refused.messages, deferred.messages, unknown.messages)
        return (*lost, refused.sessions, deferred.sessions, unknown.sessions)


def _total(many: Iterable[Sums]) -> Sums:
    whole = Sums()
    for one in many:
        whole.add(one)
    return whole


def organisation(name: str, address: str) -> str:
    """Return the registered domain of a name that leads back, else the network of the address."""
    labels = name.split(".")
    if name and len(labels) > 1:
        return ".".join(labels[-known().size(labels) - 1 :])
    if ":" not in address:
        return f"{address.rpartition('.')[0]}.0/24"
    client = parse(address)
    if client.version == 4:  # noqa: PLR2004 (IPv4)
        return ".".join(str(client).split(".")[:3]) + ".0/24"
    return ":".join(client.exploded.split(":")[:3]) + "::/48"

# SPDX-License-Identifier: GPL-3.0-or-later
"""The terms of the policy: its shape and its defaults, as every part of the engine reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from types import MappingProxyType
from typing import Self

from .words import Action, Finding, Mode, Point, RefuseAt

Network = IPv4Network | IPv6Network

# IPv6 without PTR is deferred: a dual-stack sender then delivers over IPv4 in the same attempt,
# where a refusal would bounce the message (providers seldom name IPv6 addresses, RFC 8501).
DEFAULT_ACTIONS: Mapping[Finding, Mapping[int, Action]] = MappingProxyType(
    {
        Finding.OK: {4: Action.ACCEPT, 6: Action.ACCEPT},
        Finding.NO_PTR: {4: Action.REFUSE, 6: Action.DEFER},
        Finding.FORGED: {4: Action.REFUSE, 6: Action.REFUSE},
        Finding.DYNAMIC: {4: Action.REFUSE, 6: Action.REFUSE},
        Finding.DNS_FAILURE: {4: Action.DEFER, 6: Action.DEFER},
    }
)

# At once, where nothing else is said: hours of deferral before a refusal.
AT_ONCE: Mapping[Finding, Mapping[int, int]] = MappingProxyType(
    {finding: {4: 0, 6: 0} for finding in (Finding.NO_PTR, Finding.FORGED, Finding.DYNAMIC)}
)
HOUR = 3600

CONDITIONS = ("network", "name_suffix", "sender_domain", "recipient")


@dataclass(frozen=True, slots=True)
class Exemption:
    """A client that is not judged: all conditions that are given must hold, until the expiry."""

    id: str
    network: Network | None = None
    name_suffix: str = ""
    sender_domain: str = ""
    recipient: str = ""
    owner: str = ""
    reason: str = ""
    ticket: str = ""
    expires: date | None = None

    @property
    def by_address_alone(self) -> bool:
        """Whether the address is the only condition, so that nothing need be looked up."""
        return self.network is not None and not (
            self.name_suffix or self.sender_domain or self.recipient
        )


@dataclass(frozen=True, slots=True)
class Naming:
    """How names are judged: the operating point, and suffixes the operator knows better."""

    point: Point = Point.BALANCED
    servers: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Canary:
    """An address whose name is known to everybody, so that its answer shows whether DNS lies."""

    address: IPv4Address | IPv6Address
    name: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do with whom. ``digest`` names this policy in logs; times are seconds."""

    mode: Mode = Mode.ENFORCE
    refuse_at: RefuseAt = RefuseAt.RCPT
    on_error: Action = Action.ACCEPT
    help_url: str = ""
    actions: Mapping[Finding, Mapping[int, Action]] = field(default_factory=lambda: DEFAULT_ACTIONS)
    defer_hours: Mapping[Finding, Mapping[int, int]] = field(default_factory=lambda: AT_ONCE)
    written_to_days: int = 90
    written_to_hours: int = 24
    nameservers: tuple[tuple[str, int], ...] = ()
    try_seconds: float = 2.5
    total_seconds: float = 8.0
    own_names: frozenset[str] = frozenset()
    own_addresses: frozenset[IPv4Address | IPv6Address] = frozenset()
    own_networks: tuple[Network, ...] = ()
    reachable_localparts: frozenset[str] = frozenset({"postmaster", "abuse"})
    reachable_domains: frozenset[str] = frozenset()
    exemptions: tuple[Exemption, ...] = ()
    naming: Naming = Naming()
    breaker_action: Action = Action.DEFER
    canaries: tuple[Canary, ...] = ()
    memory_days: int = 30
    memory_entries: int = 1_000_000
    milter_workers: int = 2
    digest: str = "built-in"

    @classmethod
    def default(cls) -> Self:
        """Return the built-in policy: enforce, no exemptions, no page to point to."""
        return cls()

    def action(self, finding: Finding, version: int) -> Action:
        """Return what is done about a finding at an address of IP version 4 or 6."""
        return self.actions[finding][version]

    def patience(self, finding: Finding, version: int) -> int:
        """Return for how many seconds a client is deferred before it is refused."""
        return HOUR * self.defer_hours.get(finding, {}).get(version, 0)

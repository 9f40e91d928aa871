# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of DNS and what it answers, without DNS: the edge of the pure part."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, Protocol


class AnswerStatus(StrEnum):
    """What DNS said. FAILED is never "there is none"."""

    OK = "ok"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: names or addresses as text, seconds to live; why, in words, when it failed.

    ``queries`` counts the packets it cost. ``again`` says that silence was the failure, so that
    asking once more may help.
    """

    status: AnswerStatus
    values: tuple[str, ...] = ()
    reason: str = ""
    ttl: int | None = None
    queries: int = 0
    again: bool = False


class Lookup(Protocol):
    """The DNS edge; never raises for what DNS answers."""

    def pointers(self, address: IPv4Address | IPv6Address) -> Answer:
        """Return the PTR names of an address, in presentation form; a check begins with this."""

    def addresses(self, name: str, version: Literal[4, 6]) -> Answer:
        """Return the A (4) or AAAA (6) addresses of a name."""

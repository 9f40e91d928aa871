# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mail log tells of strangers: visits, what the milter said of them, mail that arrived.

Named tuples, because a log tells of millions: making one costs a third of a frozen dataclass.
"""

from typing import NamedTuple


class Visit(NamedTuple):
    """One SMTP session at port 25, as Postfix logged it, however many lines that took.

    ``name`` is the one that Postfix confirmed, "" where it says "unknown". ``day`` is as the log
    writes it. Sender and recipient are those of its first refusal. ``turned_away``: something
    refused it and nothing was taken.
    """

    day: str
    address: str
    name: str
    sender: str = ""
    recipient: str = ""
    turned_away: bool = False
    authenticated: bool = False


class Told(NamedTuple):
    """One session in the milter's own words; ``finding`` is "" where nothing was looked up."""

    day: str
    address: str
    finding: str
    rule: str
    name: str
    sender: str
    recipient: str


class Delivery(NamedTuple):
    """One message of a stranger that was taken and reached somebody, told once."""

    day: str
    address: str
    name: str
    sender: str
    recipient: str


class Written(NamedTuple):
    """Somebody here wrote to this domain."""

    domain: str


Event = Visit | Told | Delivery | Written

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reply of one authoritative server is worth to whoever walks down from the root.

Nothing is believed that lies outside the zone the server was asked for: an alias is followed one
step and then asked for anew, and addresses of nameservers count only inside that zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import dns.flags
import dns.rcode
from dns.rdatatype import AAAA, CNAME, NS, SOA, A

from ..judge.trail import Said
from .chain import Chain, Reading, Unusable
from .labels import Labels, lower, text
from .wire import Message, Record

_REFUSALS = frozenset({dns.rcode.REFUSED, dns.rcode.NOTAUTH})
_USEFUL = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})
MAX_NAMESERVERS = 13  # as many as the root has; more are left out


@dataclass(frozen=True, slots=True)
class Cut:
    """A delegation: the zone, its parent, and its nameservers with the addresses that are known."""

    zone: Labels
    parent: Labels
    servers: tuple[tuple[Labels, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply: ``reading`` of an answer, ``alias`` where it leads elsewhere, ``cut`` below.

    ``apex`` is the SOA record that came with an answer: whose zone that is.
    """

    said: Said
    reply: str
    reading: Reading | None = None
    alias: Labels | None = None
    cut: Cut | None = None
    apex: Record | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """What the server said in records."""
        if self.alias is not None:
            return (text(self.alias),)
        return self.reading.values if self.reading else ()


def hear(message: Message, name: Labels, rdtype: int, zone: Labels) -> Heard:
    """Judge the reply of a server of ``zone`` to the question for ``name``."""
    code = dns.rcode.to_text(dns.rcode.Rcode.make(message.rcode))
    if message.rcode in _REFUSALS:
        return Heard(Said.LAME, code)
    if message.rcode not in _USEFUL:
        return Heard(Said.SILENT, code)
    cut = referral(message, name, zone)
    if cut is not None:
        return Heard(Said.REFERRAL, f"referral to {text(cut.zone)}", cut=cut)
    if not message.flags & dns.flags.AA:
        return Heard(Said.LAME, f"{code} without authority")
    return _answer(message, name, rdtype, code)


def _answer(message: Message, name: Labels, rdtype: int, code: str) -> Heard:
    """Read an answer that has authority; of a chain of aliases only the first."""
    own = [record for record in message.answer if record.owner == name]
    apex = next((r for r in (*own, *message.authority) if r.rdtype == SOA), None)
    leads_on = any(r.rdtype == CNAME for r in own) and all(r.rdtype != rdtype for r in own)
    if leads_on:
        message = replace(message, rcode=dns.rcode.NOERROR, authority=[])
    step = Chain(rdtype, [name])
    try:
        reading = step.read(replace(message, answer=own))
    except Unusable as error:
        return Heard(Said.SILENT, str(error))
    alias = step.end if reading.status is None else None
    return Heard(Said.ANSWER, code, reading, alias, apex=apex)


def referral(message: Message, name: Labels, zone: Labels) -> Cut | None:
    """Return the delegation below ``zone`` and towards ``name``, if that is what it says."""
    if message.answer or any(record.rdtype == SOA for record in message.authority):
        return None
    below = [r for r in message.authority if r.rdtype == NS and _leads_to(r.owner, zone, name)]
    if not below:
        return None
    child = below[0].owner
    names = dict.fromkeys(lower(r.target) for r in below if r.owner == child)
    servers = tuple((ns, _glue(message, ns, zone)) for ns in tuple(names)[:MAX_NAMESERVERS])
    return Cut(child, zone, servers)


def _leads_to(child: Labels, zone: Labels, name: Labels) -> bool:
    return len(child) > len(zone) and is_in(child, zone) and is_in(name, child)


def _glue(message: Message, nameserver: Labels, zone: Labels) -> tuple[str, ...]:
    """Return the addresses that come along, if the zone that was asked may know them."""
    if not is_in(nameserver, zone):
        return ()
    return addresses(r for r in message.additional if r.owner == nameserver)


def addresses(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the addresses in the records, IPv4 first."""
    found = sorted((r for r in records if r.rdtype in (A, AAAA)), key=lambda r: r.rdtype)
    return tuple(dict.fromkeys(record.address for record in found))


def is_in(name: Labels, zone: Labels) -> bool:
    """Tell whether a name is the zone's, or below it. The root holds every name."""
    return not zone or name[-len(zone) :] == zone


def contact(labels: Labels) -> str:
    """Return the mail address of a SOA record (RFC 1035 section 3.3.13), "" if it is none."""
    mailbox = b"@".join((labels[0], b".".join(labels[1:]))) if len(labels) > 1 else b""
    shown = mailbox.decode("ascii", "replace")
    is_plain = shown.count("@") == 1 and all("!" <= c <= "~" and c not in "<>\"'" for c in shown)
    return shown if is_plain else ""

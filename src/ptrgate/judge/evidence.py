# SPDX-License-Identifier: GPL-3.0-or-later
"""What in a name speaks for a line or for a server: each rule that holds, and where it saw so.

A rule's span, read again alone, shows the same rule; a class of words speaks once, where it stands
first. The weights are in weights.py, found from names in data/ by ``python3 -m bench.accuracy``.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from .embedded import WHOLE, Found, Span, find
from .suffixes import known
from .vocabulary import ACCESS, CODES, MISTAKABLE, SCHOOLS, owner, speaks_of

Seen = tuple[str, Span]

# never delegated, or never for hosts (RFC 6761, RFC 6762, RFC 9476): a name that nobody chose
NOWHERE = frozenset(
    [
        *("arpa", "corp", "dhcp", "home", "internal", "intranet", "invalid", "lan", "local"),
        *("localdomain", "localhost", "pix", "ppp"),
    ]
)
# a host's own label, where nobody gave it another
UNNAMED = frozenset(
    """free-ip no-name no-ptr no-rdns no-reverse nohost noname noptr nordns noreverse
    not-assigned not-set notset unallocated unassigned undefined unknown unnamed unset unspecified
    unused""".split()  # noqa: SIM905 (a list of words is read as one)
)
_BY_CHANCE = frozenset({"last", "padded", "wrapped", "joined", "other"})
# so little of the address that it says more beside words of an access network
_SHORT = frozenset({"two", "joined", "hexpair", "other", "last", "padded"})
_HEX = frozenset({"hex", "hexthree", "hexpair", "six", "sixpart", "mac"})
_REVERSE = "in-addr.arpa"  # inside a name: a zone file's missing dot
_WORD = re.compile(r"[a-z]+")
_DIGIT = re.compile(r"[0-9]")

# how providers number what has no address in its name, of hosts without another explanation
IDIOMS = {
    # a hardware address, perhaps with the provider's own digits before it
    "mac": re.compile(r"(?<![a-f])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,16}(?![0-9a-f])"),
    # a number, an exchange or access server and its number: p1160-ipbf10toku..., as3-port17
    "exchange": re.compile(r"^[a-z]{0,3}[0-9]{3,}-[a-z]{2,10}[0-9]+"),
    # an access server and its port: ts18-13
    "port": re.compile(r"^(?:as|max|nas|pm|port|ras|tnt|ts)[0-9]+-[0-9]+(?![^.])"),
    # a subscriber's number: cc351919-b, 015-998-424; a shorter one is less telling
    "number": re.compile(
        r"^(?:[a-z]{0,4}-?[0-9]{6,}(?:-[a-z]{1,6})?|[0-9]+(?:-[0-9]{2,}){2,})(?![^.])"
    ),
    "serial": re.compile(r"^[a-z]{0,4}-?[0-9]{4,}(?:-[a-z]|pcs)?(?![^.])"),
}
_DEEP = frozenset({"number", "serial"})  # below a network's own label they say more


def gather(name: str, address: IPv4Address | IPv6Address) -> Iterator[Seen]:
    """Yield the rules that hold for a name in lower case without a final dot, with their spans."""
    labels = name.split(".")
    if len(labels) == 1 or labels[-1] in NOWHERE:
        yield "placeholder", (0, len(name))
        return
    own = known().size(labels) + 1
    host = ".".join(labels[:-own])
    found = find(host, address) if _DIGIT.search(host) else None
    idiom = _idiom(host)
    yield from _nobodys(labels[0], host)
    if SCHOOLS & set(labels[-own + 1 :]):
        yield "school", (len(name) - len(".".join(labels[-own + 1 :])), len(name))
    owned = [(f"domain.{kind}", span) for kind, span in _owner(labels, own, host)]
    words = _words(host, found, idiom)
    yield from owned
    yield from words.items()
    is_access = any(f"word.{kind}" in words for kind in ACCESS)
    is_access = is_access or any(rule == "domain.line" for rule, _ in owned)
    if found:
        beside = ".access" if is_access and found.kind in _SHORT else ""
        yield f"address.{found.kind}{beside}", found.span
    if idiom and (not found or found.kind not in WHOLE):
        deep = ".deep" if idiom.kind in _DEEP and "." in host else ""
        yield f"idiom.{idiom.kind}" + (".access" if is_access else deep), idiom.span


def _nobodys(first: str, host: str) -> Iterator[Seen]:
    """Yield what shows that nobody named this host."""
    if first in UNNAMED and host:
        yield "unnamed", (0, len(first))
    arpa = host.find(_REVERSE)
    if arpa >= 0:
        yield "placeholder", (arpa, arpa + len(_REVERSE))


def _owner(labels: list[str], own: int, host: str) -> Iterator[Seen]:
    """Yield what the registered domain's own label speaks of."""
    if len(labels) >= own:
        start = len(host) + 1 if host else 0
        for kind, (first, last) in owner(labels[-own]):
            yield kind, (start + first, start + last)


def _words(host: str, found: Found | None, idiom: Found | None) -> dict[str, Span]:
    """Return where each class of words speaks first; digits of a number in hex are no words."""
    seen: dict[str, Span] = {}
    unsure: dict[str, Span] = {}
    hidden = [one.span for one in (found, idiom) if one and one.kind in _HEX]
    has_number = bool(_DIGIT.search(host))
    for match in _WORD.finditer(host):
        kind, start = speaks_of(match[0]), match.start()
        if not kind or any(first <= start < last for first, last in hidden):
            continue
        if not _counts(kind, match, found, idiom):
            continue
        # without a number a word says what a thing is for, not which of many it is
        alone = ".alone" if kind in ACCESS and not has_number else ""
        (unsure if match[0] in CODES else seen).setdefault(f"word.{kind}{alone}", match.span())
    if not any(f"word.{kind}" in seen for kind in ACCESS):
        seen = unsure | seen
    return seen


def _counts(kind: str, match: re.Match[str], found: Found | None, idiom: Found | None) -> bool:
    """Tell whether a word of this class says something where it stands."""
    if kind == "plain":  # "host" beside an address
        return found is not None and found.kind not in _BY_CHANCE
    if kind == "service":  # elsewhere it is the name of a network
        return "." not in match.string[: match.start()]
    if match[0] in MISTAKABLE:
        return found is not None or idiom is not None
    if match[0] == "m":  # m17-178.vip.example: the numbered farms of mail providers
        following = match.string[match.end() : match.end() + 1]
        return match.start() == 0 and following.isdigit() and not (found and found.kind in _HEX)
    return True


def _idiom(host: str) -> Found | None:
    for kind, pattern in IDIOMS.items():
        match = pattern.search(host)
        if match:
            return Found(kind, match.span())
    return None

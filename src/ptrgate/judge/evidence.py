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
from .vocabulary import ACCESS, MISTAKABLE, SCHOOLS, owner, speaks_of

Seen = tuple[str, Span]

# never delegated, or never for hosts (RFC 6761, RFC 6762, RFC 9476): a name that nobody chose
NOWHERE = frozenset(
    [
        *("arpa", "corp", "dhcp", "home", "internal", "intranet", "invalid", "lan", "local"),
        *("localdomain", "localhost", "pix"),
    ]
)
_BY_CHANCE = frozenset({"last", "padded", "joined", "other"})
_WORD = re.compile(r"[a-z]+")
_DIGIT = re.compile(r"[0-9]")

# how providers number what has no address in its name, of hosts without another explanation
IDIOMS = {
    # a hardware address, perhaps with the provider's own digits before it
    "mac": re.compile(r"(?<![a-f])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,16}(?![0-9a-f])"),
    # a number, an exchange or access server and its number: p1160-ipbf10toku..., as3-port17
    "exchange": re.compile(r"^[a-z]{0,3}[0-9]{3,}-[a-z]{2,10}[0-9]+"),
    # a subscriber's number
    "serial": re.compile(r"^[a-z]{0,4}-?[0-9]{4,}(?:-[a-z]|pcs)?(?![^.])"),
}


def gather(name: str, address: IPv4Address | IPv6Address) -> Iterator[Seen]:
    """Yield the rules that hold for a name in lower case without a final dot, with their spans."""
    labels = name.split(".")
    if len(labels) == 1 or labels[-1] in NOWHERE:
        yield "placeholder", (0, len(name))
        return
    own = known().size(labels) + 1
    host = ".".join(labels[:-own])
    found = find(host, address) if _DIGIT.search(host) else None
    if SCHOOLS & set(labels[-own + 1 :]):
        yield "school", (len(name) - len(".".join(labels[-own + 1 :])), len(name))
    owned = [(f"domain.{kind}", span) for kind, span in _owner(labels, own, host)]
    words = _words(host, found)
    yield from owned
    yield from words.items()
    is_access = any(f"word.{kind}" in words for kind in ACCESS)
    is_access = is_access or any(rule == "domain.line" for rule, _ in owned)
    if found:
        is_partial = found.kind not in WHOLE
        yield f"address.{found.kind}" + (".access" if is_partial and is_access else ""), found.span
    if not found or found.kind not in WHOLE:
        yield from _idiom(host, is_access=is_access)


def _owner(labels: list[str], own: int, host: str) -> Iterator[Seen]:
    """Yield what the registered domain's own label speaks of."""
    if len(labels) >= own:
        start = len(host) + 1 if host else 0
        for kind, (first, last) in owner(labels[-own]):
            yield kind, (start + first, start + last)


def _words(host: str, found: Found | None) -> dict[str, Span]:
    """Return where each class of words speaks first; letters of an address in hex are none."""
    seen: dict[str, Span] = {}
    hidden = found.span if found and found.kind in ("hex", "hexpair", "six") else (0, 0)
    has_number = bool(_DIGIT.search(host))
    for match in _WORD.finditer(host):
        kind, start = speaks_of(match[0]), match.start()
        if not kind or hidden[0] <= start < hidden[1] or not _counts(kind, match, found):
            continue
        # without a number a word says what a thing is for, not which of many it is
        alone = ".alone" if kind in ACCESS and not has_number else ""
        seen.setdefault(f"word.{kind}{alone}", match.span())
    return seen


def _counts(kind: str, match: re.Match[str], found: Found | None) -> bool:
    """Tell whether a word of this class says something where it stands."""
    if kind == "plain":  # "host" beside an address
        return found is not None and found.kind not in _BY_CHANCE
    if kind == "service":  # elsewhere it is the name of a network
        return "." not in match.string[: match.start()]
    if match[0] in MISTAKABLE:
        return found is not None
    if match[0] == "m":  # m17-178.vip.example: the numbered farms of mail providers
        following = match.string[match.end() : match.end() + 1]
        return match.start() == 0 and following.isdigit() and _is_no_pair(found)
    return True


def _is_no_pair(found: Found | None) -> bool:
    return found is None or found.kind != "hexpair"


def _idiom(host: str, *, is_access: bool) -> Iterator[Seen]:
    for kind, pattern in IDIOMS.items():
        match = pattern.search(host)
        if match:
            deep = ".deep" if kind == "serial" and "." in host else ""
            yield f"idiom.{kind}" + (".access" if is_access else deep), match.span()
            return

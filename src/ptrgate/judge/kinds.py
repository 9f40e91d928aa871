# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of value a policy file may hold: each reads one value or says what is allowed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from typing import Any

from .addresses import parse
from .names import canonical
from .refusal import MAX_LINE, MAX_WORDS
from .terms import Canary, Network

# the longest that follows the base: /r/ and the token of an IPv6 address
URL_TAIL = len("/r/") + 52
MAX_HELP_URL = MAX_LINE - MAX_WORDS - URL_TAIL
_PORT_MAX = 65535
_MAPPED_BITS = 96  # of ::ffff:0:0/96
# a base to which /r/TOKEN is added; "%" is a format character to libmilter
_HELP_URL = re.compile(r"https?://[a-zA-Z0-9.:\[\]-]+(/[a-zA-Z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read (ValueError or TypeError if it cannot be), and what is allowed."""

    allowed: str
    read: Callable[[Any], Any]


def choice(words: type[StrEnum], *names: str) -> Kind:
    """Return the kind of a word from an enum, or from some of its words."""
    choices = names or tuple(word.value for word in words)

    def read(value: object) -> StrEnum:
        if value not in choices:
            raise ValueError
        return words(value)

    return Kind(" or ".join(f'"{name}"' for name in choices), read)


def number(least: float, most: float, *, whole: bool = False) -> Kind:
    """Return the kind of a number within bounds."""

    def read(value: object) -> float:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
            raise ValueError
        return value

    return Kind(f"{'a whole number' if whole else 'a number'} from {least:g} to {most:g}", read)


def several(kind: Kind, gather: Callable[[list[Any]], Any] = tuple) -> Kind:
    """Return the kind of a list whose elements are all of one kind."""

    def read(value: object) -> Any:
        if not isinstance(value, list):
            raise TypeError
        return gather([kind.read(element) for element in value])

    return Kind(f"a list, each {kind.allowed}", read)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value.strip()


def _matching(pattern: str) -> Callable[[Any], str]:
    def read(value: object) -> str:
        text = _text(value).lower()
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return read


def _domain(value: object) -> str:
    return canonical(_matching(r"(?=.{1,253}\.?\Z)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")(value))


def _suffix(value: object) -> str:
    suffix = _domain(_text(value).removeprefix("."))
    if "." not in suffix:  # a whole top-level domain is no partner
        raise ValueError
    return suffix


def _recipient(value: object) -> str:
    localpart, at, domain = _text(value).rpartition("@")
    return localpart.lower() + at * bool(localpart) + _domain(domain)


def _address(value: object) -> IPv4Address | IPv6Address:
    return parse(_text(value))


def _network(value: object) -> Network:
    network = ip_network(_text(value))
    # clients are unmapped before they are judged, so a mapped network would never hold one
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        return ip_network((mapped, network.prefixlen - _MAPPED_BITS)) if mapped else network
    return network


def _canary(value: object) -> Canary:
    address, name = _text(value).split()
    return Canary(parse(address), _suffix(name))


def nameserver(value: object) -> tuple[str, int]:
    """Read "ADDRESS", "ADDRESS:PORT" or "[IPV6]:PORT": never a name, which DNS would look up."""
    text = _text(value)
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if rest else port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _PORT_MAX):
        raise ValueError
    parse(host)
    return host, int(port)


def _help_url(value: object) -> str:
    text = _text(value).rstrip("/")
    if len(text) > MAX_HELP_URL or not _HELP_URL.fullmatch(text):
        raise ValueError
    return text


def _date(value: object) -> date:
    return value if type(value) is date else date.fromisoformat(_text(value))


def _instant(value: object) -> int:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return int(moment.timestamp())


TEXT = Kind("a text", _text)
IDENTIFIER = Kind(
    'a short name such as "partner-7" (letters, digits, - and _)',
    _matching(r"[a-z0-9][a-z0-9_-]{0,39}"),
)
LOCALPART = Kind('the part of an address before the @, such as "abuse"', _matching(r"[^\s@<>]+"))
DOMAIN = Kind('a domain name such as "company.example"', _domain)
SUFFIX = Kind('a domain of at least two labels such as "example.net"', _suffix)
RECIPIENT = Kind('"someone@company.example" or "company.example"', _recipient)
ADDRESS = Kind("an IPv4 or IPv6 address", _address)
NETWORK = Kind('a network without host bits such as "203.0.113.0/28"', _network)
NAMESERVER = Kind('an address such as "127.0.0.1", "127.0.0.1:53" or "[::1]:53"', nameserver)
CANARY = Kind(
    'an address and its name such as "198.41.0.4 a.root-servers.net"',
    _canary,
)
HELP_URL = Kind(
    f'such as "https://help.company.example", at most {MAX_HELP_URL} letters, digits and .:/~_-',
    _help_url,
)
DATE = Kind("a date such as 2027-01-31", _date)
ACCEPTED = Kind('"accepted"', _matching("accepted"))
INSTANT = Kind("a time such as 2027-01-31T04:00:00Z", _instant)

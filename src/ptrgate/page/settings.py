# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator says about the page: ``/etc/ptrgate/page.toml``, all problems at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..diagnosis.providers import PROVIDERS, Provider
from .colours import DARK_GROUND, LIGHT_GROUND, READABLE, contrast, is_colour

# Key path -> (default, what the operator writes, the role variable it comes from).
KEYS: dict[str, tuple[Any, str, str]] = {
    "help_url": ("", "http:// or https:// and a host name, at most 120 characters", "help_url"),
    "operator": ("", "the name of the organisation that refuses the mail", "operator"),
    "domains": ([], "a list of the mail domains that the host receives for", "domains"),
    "contact.name": ("", "whom to ask for", "contact"),
    "contact.email": ("", "an e-mail address", "contact"),
    "contact.url": ("", "a web address with another way to reach you, or nothing", "contact"),
    "contact.phone": ("", "a telephone number, or nothing", "contact"),
    "providers": ([], "a list of tables: name, nameservers (a list), where", "providers"),
    "apart": (False, "true or false", "beside_milter"),
    "exceptions": (False, "true or false", "requests"),
    "colours.light": ("#1d5c96", "a colour as #rrggbb, contrast 4.5 on white", "colours"),
    "colours.dark": ("#8cc2f2", "a colour as #rrggbb, contrast 4.5 on #1b2129", "colours"),
}
MAX_URL = 120  # leaves room for a token in one line of SMTP
REQUIRED = ("help_url", "operator", "contact.name", "contact.email")


class BadSettings(ValueError):  # noqa: N818 (what happened, as BadPolicy)
    """The settings cannot be used; the text has one line for each problem."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to ask; ``url`` and ``phone`` may be empty."""

    name: str
    email: str
    url: str
    phone: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A checked page.toml; ``prefix`` is the path part of ``help_url``, empty or ``/path``."""

    help_url: str
    operator: str
    domains: tuple[str, ...]
    contact: Contact
    light: str
    dark: str
    exceptions: bool = False
    apart: bool = False
    providers: tuple[Provider, ...] = PROVIDERS

    @property
    def prefix(self) -> str:
        """Return the path below which the page lives, without a slash at the end."""
        return urlsplit(self.help_url).path.rstrip("/")


def load(text: str, *, source: str) -> Settings:
    """Read page.toml; raise ``BadSettings`` with every problem of ``source`` named."""
    try:
        given = dict(_flat(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{source}: not TOML: {error}") from error
    problems = [f"{source}: {problem}" for problem in _problems(given)]
    if problems:
        raise BadSettings("\n".join(problems))
    value = {key: given.get(key, default) for key, (default, *_) in KEYS.items()}
    contact = Contact(*(value[f"contact.{part}"] for part in ("name", "email", "url", "phone")))
    return Settings(
        help_url=value["help_url"].rstrip("/"),
        operator=value["operator"],
        domains=tuple(value["domains"]),
        contact=contact,
        light=value["colours.light"],
        dark=value["colours.dark"],
        exceptions=value["exceptions"],
        apart=value["apart"],
        providers=(*(_provider(row) for row in value["providers"]), *PROVIDERS),
    )


def _provider(row: dict[str, Any]) -> Provider:
    return Provider(row["name"], tuple(row["nameservers"]), row["where"])


def _flat(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _problems(given: dict[str, Any]) -> Iterator[str]:
    for key in given.keys() - KEYS.keys():
        yield f"{key} is not a setting; settings are {', '.join(KEYS)}"
    for key in REQUIRED:
        if not given.get(key):
            yield f"{key} is missing; {_expected(key)}"
    for key in given.keys() & KEYS.keys():
        if not _fits(key, given[key]):
            yield f"{key} is {given[key]!r}; {_expected(key)}"


def _expected(key: str) -> str:
    _, meaning, variable = KEYS[key]
    return f"wanted: {meaning} (role variable helppage_{variable})"


def _fits(key: str, value: Any) -> bool:
    if key == "domains":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if key == "providers":
        return isinstance(value, list) and all(map(_is_provider, value))
    if key in ("apart", "exceptions"):
        return isinstance(value, bool)
    if not isinstance(value, str) or not value.isprintable():
        return False
    fits = _FORMS.get(key)
    return fits is None or (value == "" and key not in REQUIRED) or fits(value)


def _is_provider(row: Any) -> bool:
    if not isinstance(row, dict) or row.keys() != {"name", "nameservers", "where"}:
        return False
    texts = [row["name"], row["where"]]
    if not isinstance(row["nameservers"], list) or not row["nameservers"]:
        return False
    return all(isinstance(text, str) and text for text in [*texts, *row["nameservers"]])


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = not any(c in text for c in " <>\"'`{}") and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


def _is_mailbox(text: str) -> bool:
    return "@" in text.strip("@") and not any(c in text for c in ' <>"')


def _is_legible_on(ground: str) -> Callable[[str], bool]:
    return lambda colour: is_colour(colour) and contrast(colour, ground) >= READABLE


_FORMS: dict[str, Callable[[str], bool]] = {
    "help_url": lambda url: _is_web_address(url) and len(url) <= MAX_URL,
    "contact.email": _is_mailbox,
    "contact.url": _is_web_address,
    "colours.light": _is_legible_on(LIGHT_GROUND),
    "colours.dark": _is_legible_on(DARK_GROUND),
}

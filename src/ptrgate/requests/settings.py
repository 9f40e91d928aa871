# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator says about requests: ``/etc/ptrgate/requests.toml``, all problems at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..judge.addresses import parse
from .request import is_mailbox

FILE = "/etc/ptrgate/requests.toml"
MOST_DAYS, MOST_LETTERS = 60, 1000


class BadSettings(ValueError):  # noqa: N818 (what happened, as BadPolicy)
    """The settings cannot be used; the text has one line for each problem."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings. ``days`` a request is kept; ``letters`` a day go to strangers at most."""

    help_url: str
    operator: str
    name: str
    email: str
    host: str
    domains: tuple[str, ...]
    relay: str
    days: int
    letters: int


def _line(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 120 and value.isprintable()  # noqa: PLR2004 (a line)


def _number(most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and 0 < value <= most


def _is_address(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(parse(value))
    except ValueError:
        return False


# Key -> (whether a value fits, what is wanted, the role variable it comes from).
_KEYS: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "help_url": (_line, "where the page answers", "helppage_help_url"),
    "operator": (_line, "the name of the organisation", "helppage_operator"),
    "name": (_line, "who writes the letters", "helppage_contact"),
    "email": (
        lambda value: isinstance(value, str) and is_mailbox(value),
        "a plain e-mail address, which the letters come from",
        "helppage_contact",
    ),
    "host": (_line, "this host's name", "ptrgate_hostname"),
    "domains": (
        lambda value: isinstance(value, list) and all(map(_line, value)),
        "a list of the mail domains",
        "helppage_domains",
    ),
    "relay": (_is_address, "an IP address that takes mail at port 25", "helppage_requests_relay"),
    "days": (_number(MOST_DAYS), f"1 to {MOST_DAYS} days", "helppage_requests_days"),
    "letters": (_number(MOST_LETTERS), f"1 to {MOST_LETTERS} a day", "helppage_requests_letters"),
}


def load(text: str, source: str) -> Settings:
    """Read requests.toml. Raises BadSettings with every problem of ``source`` named."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{source}: not TOML: {error}") from error
    problems = [f"{source}: {key} is not a setting" for key in given.keys() - _KEYS.keys()]
    for key, (fits, wanted, variable) in _KEYS.items():
        if not fits(given.get(key)):
            found = f"{given[key]!a}" if key in given else "missing"
            problems.append(f"{source}: {key} is {found}; wanted: {wanted} ({variable})")
    if problems:
        raise BadSettings("\n".join(problems))
    return Settings(**given | {"domains": tuple(given["domains"])})

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator tells the gate: /etc/ptrgate/gate.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

MIN_INTERVAL = 1


class BadSettings(Exception):  # noqa: N818 - named for what happened, as all errors here are
    """gate.toml is wrong; the message names every key at fault and what is wanted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where mail leaves from and what the proof is asked of.

    ``interval`` is the least number of seconds between two proofs that count; ``smarthost`` is a
    Postfix next hop such as ``[relay.example.net]:587``, or empty. Without ``nameservers`` (address
    or address:port) those of /etc/resolv.conf are asked.
    """

    egress_addresses: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    smarthost: str = ""
    interval: float = 60.0


def load(text: str, *, source: str) -> Settings:
    """Return the settings, or raise ``BadSettings`` with all problems at once."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{source}: {error}") from None
    problems = list(_problems(data))
    if problems:
        raise BadSettings("\n".join(f"{source}: {problem}" for problem in problems))
    return Settings(
        egress_addresses=tuple(data.get("egress_addresses", ())),
        nameservers=tuple(data.get("nameservers", ())),
        smarthost=data.get("smarthost", ""),
        interval=float(data.get("interval", Settings().interval)),
    )


def _problems(data: Mapping[str, Any]) -> list[str]:
    wanted = {
        "egress_addresses": (_is_addresses, "a list of IP addresses"),
        "nameservers": (_is_texts, 'a list such as ["127.0.0.1", "[::1]:5353"]'),
        "smarthost": (_is_next_hop, 'a Postfix next hop such as "[relay.example.net]:587", or ""'),
        "interval": (_is_interval, f"a number of seconds, at least {MIN_INTERVAL}"),
    }
    unknown = [
        f"{key} is not a setting; those are {', '.join(wanted)}" for key in data.keys() - wanted
    ]
    return unknown + [
        f"{key} = {data[key]!r} should be {what}"
        for key, (is_right, what) in wanted.items()
        if key in data and not is_right(data[key])
    ]


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v for v in value)


def _is_addresses(value: object) -> bool:
    return isinstance(value, list) and all(_is_address(v) for v in value)


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _is_next_hop(value: object) -> bool:
    """Tell whether the text can stand in a table line: a space or a dollar would change it."""
    return isinstance(value, str) and all("!" <= c <= "~" and c not in "$#,;\\" for c in value)


def _is_interval(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value >= MIN_INTERVAL

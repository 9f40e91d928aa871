# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of policy.toml, a literal table; a test compares its variables with the role's."""

from . import kinds
from .kinds import choice, number, several
from .reader import Key
from .words import Action, Finding, Mode, Point, RefuseAt

TOP = {
    "mode": Key("mode", choice(Mode), "engine_mode"),
    "refuse_at": Key("refuse_at", choice(RefuseAt), "engine_refuse_at"),
    "on_error": Key("on_error", choice(Action, "accept", "defer"), "engine_on_error"),
    "help_url": Key("help_url", kinds.HELP_URL, "engine_help_url", optional=True),
}

TABLES = {
    "lookup": {
        "nameservers": Key("nameservers", several(kinds.NAMESERVER), "engine_nameservers"),
        "try_seconds": Key("try_seconds", number(0.1, 10), "engine_try_seconds"),
        "total_seconds": Key("total_seconds", number(0.5, 60), "engine_total_seconds"),
    },
    "own": {
        "names": Key("own_names", several(kinds.DOMAIN, frozenset), "engine_own_names"),
        "addresses": Key(
            "own_addresses", several(kinds.ADDRESS, frozenset), "engine_own_addresses"
        ),
        "networks": Key("own_networks", several(kinds.NETWORK), "engine_own_networks"),
    },
    "reachable": {
        "localparts": Key(
            "reachable_localparts",
            several(kinds.LOCALPART, frozenset),
            "engine_reachable_localparts",
        ),
        "domains": Key(
            "reachable_domains", several(kinds.DOMAIN, frozenset), "engine_reachable_domains"
        ),
    },
    "naming": {
        "point": Key("point", choice(Point), "engine_naming_point"),
        "servers": Key("servers", several(kinds.SUFFIX, frozenset), "engine_naming_servers"),
        "lines": Key("lines", several(kinds.SUFFIX, frozenset), "engine_naming_lines"),
    },
    "memory": {
        "days": Key("memory_days", number(0, 365, whole=True), "engine_memory_days"),
        "entries": Key(
            "memory_entries", number(1000, 10_000_000, whole=True), "engine_memory_entries"
        ),
    },
    "written_to": {
        "days": Key("written_to_days", number(0, 365, whole=True), "engine_written_to_days"),
        "hours": Key("written_to_hours", number(0, 120, whole=True), "engine_written_to_hours"),
    },
    "breaker": {
        "action": Key("breaker_action", choice(Action, "defer", "accept"), "engine_breaker_action"),
        "canaries": Key("canaries", several(kinds.CANARY), "engine_breaker_canaries"),
    },
    "milter": {
        "workers": Key("milter_workers", number(1, 64, whole=True), "engine_milter_workers"),
    },
}

_ANY = choice(Action)
# a failed lookup proves nothing about the client, so it is never refused for good
_BUT_REFUSE = choice(Action, *(action for action in Action if action is not Action.REFUSE))

ACTIONS = {
    finding.value: {
        "v4": Key("4", kind, "engine_actions"),
        "v6": Key("6", kind, "engine_actions"),
    }
    for finding, kind in (
        (Finding.NO_PTR, _ANY),
        (Finding.FORGED, _ANY),
        (Finding.DYNAMIC, _ANY),
        (Finding.DNS_FAILURE, _BUT_REFUSE),
    )
}

# Beyond five days most senders have given up by themselves (RFC 5321 section 4.5.4.1).
_HOURS = number(0, 120, whole=True)

DEFER_HOURS = {
    finding.value: {
        "v4": Key("4", _HOURS, "engine_defer_hours"),
        "v6": Key("6", _HOURS, "engine_defer_hours"),
    }
    for finding in (Finding.NO_PTR, Finding.FORGED, Finding.DYNAMIC)
}

EXEMPTION = {
    "id": Key("id", kinds.IDENTIFIER, "engine_exemptions"),
    "network": Key("network", kinds.NETWORK, "engine_exemptions", optional=True),
    "name_suffix": Key("name_suffix", kinds.SUFFIX, "engine_exemptions", optional=True),
    "sender_domain": Key("sender_domain", kinds.DOMAIN, "engine_exemptions", optional=True),
    "recipient": Key("recipient", kinds.RECIPIENT, "engine_exemptions", optional=True),
    "owner": Key("owner", kinds.TEXT, "engine_exemptions", optional=True),
    "reason": Key("reason", kinds.TEXT, "engine_exemptions", optional=True),
    "ticket": Key("ticket", kinds.TEXT, "engine_exemptions", optional=True),
    "expires": Key("expires", kinds.DATE, "engine_exemptions", optional=True),
    "spoofable": Key("spoofable", kinds.ACCEPTED, "engine_exemptions", optional=True),
}

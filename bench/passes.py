# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass: some clients of one kind meet one setting, once; what it cost and what was answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from bench import crowd
from bench.appliance import HERE, PORTS, SENDERS, Appliance
from lab.mail import inside

# Unit names begin so; the first four make up the total.
PROCESSES = {
    "postfix": "postfix",
    "milter": "ptrgate-milter",  # the oracle is one too
    "door": "ptrgate-dns",
    "unbound": "unbound",
    "journald": "systemd-journald",
}
TOTAL = ("postfix", "milter", "door", "unbound")

# What each setting answers each kind of client at RCPT.
OURS = dict.fromkeys(("no_ptr", "forged", "dynamic"), "rcpt:550")
REFUSED = {
    "none": {},
    "postfix": {"no_ptr": "rcpt:450", "forged": "rcpt:450"},
    "oracle": OURS,
    "ptrgate": OURS,
}


@dataclass(frozen=True)
class Pass:
    """What one pass came to; ``cpu`` in milliseconds a session, by process and in all."""

    setting: str
    sessions: int
    cpu: dict[str, float]
    rate: float
    p50: float
    p99: float
    octets: float
    questions: float
    wrong: dict[str, int]


def run(
    appliance: Appliance,
    setting: str,
    clients: list[str],
    *,
    message: bool,
    at_once: int,
    cold: bool,
) -> Pass:
    """Send the clients and wait until all they caused is done; ``cold`` makes Unbound forget them.

    The milter does not know them if they were never sent before.
    """
    before = appliance.meter(*(("forget", crowd.REVERSE, crowd.FORWARD) if cold else ()))
    done = load(appliance, setting, clients, message=message, at_once=at_once)
    after = appliance.meter("settle")
    greeted = quantiles([row[2] for row in done["rows"]], n=100)
    return Pass(
        setting=setting,
        sessions=len(clients),
        cpu=spending(before["units"], after["units"], len(clients)),
        rate=len(clients) / done["seconds"],
        p50=greeted[49],
        p99=greeted[98],
        octets=sum(row[3] for row in done["rows"]) / len(clients),
        questions=(after["questions"] - before["questions"]) / len(clients),
        wrong=wrong(setting, done["rows"], message=message),
    )


def load(
    appliance: Appliance, setting: str, clients: list[str], *, message: bool, at_once: int
) -> dict[str, Any]:
    """Run the load generator where the senders are."""
    plan = {
        "server": appliance.address,
        "port": PORTS[setting],
        "clients": clients,
        "at_once": at_once,
        "recipient": appliance.recipient,
        "message": message,
    }
    program = (HERE / "load.py").read_text()
    done = inside(SENDERS, "python3", "-c", program, words=json.dumps(plan))
    result: dict[str, Any] = json.loads(done)
    return result


def spending(
    before: Mapping[str, Mapping[str, float]],
    after: Mapping[str, Mapping[str, float]],
    sessions: int,
) -> dict[str, float]:
    """Return milliseconds a session by process, and their total."""
    spent = {
        process: sum(
            after[unit]["cpu"] - before.get(unit, {"cpu": 0.0})["cpu"]
            for unit in after
            if unit.startswith(start)
        )
        * 1000
        / sessions
        for process, start in PROCESSES.items()
    }
    return spent | {"total": sum(spent[process] for process in TOTAL)}


def wrong(setting: str, rows: Iterable[tuple[str, str, Any]], *, message: bool) -> dict[str, int]:
    """Count the answers that are not what the setting promises, as ``kind outcome``."""
    accepted = "end:250" if message else "rcpt:250"
    found: Counter[str] = Counter()
    for client, outcome, *_ in rows:
        kind = crowd.expected(client)
        if outcome != REFUSED[setting].get(kind, accepted):
            found[f"{kind} {outcome}"] += 1
    return dict(found)

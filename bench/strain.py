# SPDX-License-Identifier: GPL-3.0-or-later
"""Ours alone under strain: a burst of new clients, the whole crowd, many open sessions."""

from __future__ import annotations

import subprocess
from collections import Counter
from itertools import islice
from statistics import quantiles
from typing import Any

from bench import crowd, passes
from bench.appliance import HERE, Appliance
from bench.figures import Target

BURST, AT_ONCE = 20_000, 100
OPEN_SESSIONS = 2_000
MEBIBYTE = 1 << 20


def run(appliance: Appliance, *, whole: bool) -> tuple[dict[str, Any], list[Target]]:
    """Measure, with the ``whole`` crowd if wanted; return everything, and what is to be reached."""
    appliance.forget_all()
    clients = crowd.shuffled(seed=2)
    burst = answers(appliance, list(islice(clients, BURST)))
    rest = answers(appliance, list(clients)) if whole else {"lost": 0}
    after = memory(appliance)
    with_sessions = held(appliance)
    good = burst["good"]
    refused = sum(count for answer, count in good.items() if ":5" in answer)
    deferred = sum(count for answer, count in good.items() if ":4" in answer)
    found = {
        "burst": burst,
        "rest": rest,
        "memory": {"after them": after, f"with {OPEN_SESSIONS} sessions": with_sessions},
    }
    return found, [
        Target("good senders of the burst refused", 0, refused),
        Target("good senders of the burst deferred, %", 0.1, 100 * deferred / sum(good.values())),
        Target("answers missing", 0, burst["lost"] + rest["lost"]),
        Target(f"MiB with {OPEN_SESSIONS} sessions", 200, with_sessions / MEBIBYTE),
    ]


def answers(appliance: Appliance, clients: list[str]) -> dict[str, Any]:
    """Send clients that were never seen; count the answers of each kind."""
    done = passes.load(appliance, "ptrgate", clients, message=False, at_once=AT_ONCE)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in crowd.SHARES}
    for client, outcome, *_ in done["rows"]:
        counts[crowd.expected(client)][outcome] += 1
    cuts = quantiles([row[2] for row in done["rows"]], n=100)
    lost = len(clients) - sum(
        count
        for counted in counts.values()
        for answer, count in counted.items()
        if answer.startswith("rcpt")
    )
    figures = {"rate": len(clients) / done["seconds"], "p50": cuts[49], "p99": cuts[98]}
    print(f"{len(clients)} clients: {figures} {counts}", flush=True)
    return {**counts, **figures, "lost": lost}


def memory(appliance: Appliance) -> float:
    """Return the octets that supervisor, workers and door hold: proportional set sizes."""
    units = appliance.meter("pss")["units"]
    return float(sum(units[f"{name}.service"]["pss"] for name in ("ptrgate-milter", "ptrgate-dns")))


def held(appliance: Appliance) -> float:
    """Return the same while many sessions of clients that are refused are open."""
    clients = list(islice(crowd.shuffled("no_ptr", seed=3), OPEN_SESSIONS))
    command = ["python3", "-c", (HERE / "hold.py").read_text(), str(OPEN_SESSIONS), *clients]
    with subprocess.Popen(
        ["podman", "exec", "-i", appliance.host, *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        if holder.stdout is None or int(holder.stdout.readline()) != OPEN_SESSIONS:
            raise SystemExit("the sessions could not be opened")
        octets = memory(appliance)
        holder.communicate("\n")
    return octets

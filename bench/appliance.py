# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as the bench needs it, and as it was again afterwards.

Port 25 stays as the roles ship it. Three more listeners of the same Postfix differ from it by one
``-o`` each, so that the settings are measured in turn without a restart in between. One thing
is not as shipped, for all of them: Postfix makes who is about to send a message wait a second when
more comes in than goes out (in_flow_delay), and sessions that leave after RCPT look like that.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import crowd
from lab.mail import inside

HERE = Path(__file__).parent
DNS, SENDERS = "dns", "internet"
ZONES = "/etc/lab-dns.json"
NEITHER = "-o smtpd_milters="
CHECK = f"{NEITHER} -o smtpd_client_restrictions=reject_unknown_client_hostname"
ORACLE, ORACLE_SOCKET = "ptrgate-milter-oracle", "ptrgate/oracle.sock"
PORTS = {"none": 2601, "postfix": 2602, "oracle": 2603, "ptrgate": 25}
LISTENERS = {2601: NEITHER, 2602: CHECK, 2603: f"-o smtpd_milters=unix:{ORACLE_SOCKET}"}


@dataclass(frozen=True)
class Appliance:
    """One appliance of the lab: container, address, and a recipient it relays mail for."""

    host: str
    address: str
    recipient: str

    def run(self, *command: str, words: str = "") -> str:
        """Run a command there."""
        return inside(self.host, *command, words=words)

    def script(self, name: str, *arguments: str, words: str = "") -> str:
        """Run a program of this directory there."""
        return self.run("python3", "-c", (HERE / name).read_text(), *arguments, words=words)

    def meter(self, *wanted: str) -> dict[str, Any]:
        """Read the meter (meter.py)."""
        read: dict[str, Any] = json.loads(self.script("meter.py", *wanted))
        return read

    def forget_all(self) -> None:
        """Make Unbound and the milter forget everything."""
        self.run("systemctl", "restart", "unbound.service")
        self.run("systemctl", "reload", "ptrgate-milter.service")


@contextmanager
def listeners(appliance: Appliance) -> Iterator[None]:
    """Add the listeners and the oracle, and remove them."""
    gate = "ptrgate-gate.timer"  # its proofs, every other second in the lab, ask Unbound too
    entries = [f"{port}/inet={port} inet n - y - - smtpd {o}" for port, o in LISTENERS.items()]
    with ExitStack() as undo:  # each step is undone, also where undoing another fails
        appliance.run("systemctl", "stop", gate)
        undo.callback(appliance.run, "systemctl", "start", gate)
        undo.callback(appliance.run, "postfix", "reload")
        _start_oracle(appliance)
        undo.callback(appliance.run, "systemctl", "stop", f"{ORACLE}.service")
        appliance.run("postconf", "in_flow_delay=0")
        undo.callback(appliance.run, "postconf", "-X", "in_flow_delay")
        appliance.run("postconf", "-M", *entries)
        undo.callback(appliance.run, "postconf", "-MX", *(f"{port}/inet" for port in LISTENERS))
        appliance.run("postfix", "reload")
        time.sleep(2)
        yield


def _start_oracle(appliance: Appliance) -> None:
    path = f"/var/spool/postfix/{ORACLE_SOCKET}"
    program = (HERE / "oracle.py").read_text()
    command = ["python3", "-c", program, path, str(crowd.NETWORK[0]), crowd.answers()]
    appliance.run(
        "systemd-run", "--collect", f"--unit={ORACLE}", "--property=Group=postfix", *command
    )
    appliance.run("sh", "-c", f"until [ -S {path} ]; do sleep 0.1; done; chmod 660 {path}")


@contextmanager
def crowded_dns() -> Iterator[None]:
    """Serve the crowd's zones, and then the lab's own again."""
    before = inside(DNS, "cat", ZONES)
    try:
        _serve(json.dumps(_with_crowd(json.loads(before))))
        yield
    finally:
        _serve(before)


def _with_crowd(known: dict[str, Any]) -> dict[str, Any]:
    zones: dict[str, dict[str, Any]] = known["zones"]
    for zone, text in crowd.zones().items():
        zones[zone] = {"server": "isp", "text": text, "unsigned": True}
    zones["example."]["text"] += f"{crowd.FORWARD} NS isp-server.example.\n"
    return known


def _serve(zones: str) -> None:
    inside(DNS, "sh", "-c", f"cat > {ZONES}", words=zones)
    inside(DNS, "lab-dns", "apply")

# SPDX-License-Identifier: GPL-3.0-or-later
"""One bad day of DNS, lived through by both appliances at once; the tests read what was told."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.mail import inside

HERE = Path(__file__).parents[1]
GOOD = ["198.51.100.10", "198.51.100.11", "198.51.100.66", "198.51.100.22"]
NAMELESS = "198.51.100.20"
FAILING = ["198.51.100.31", "198.51.100.32", "198.51.100.34"]  # lame, lame, bogus
PRIVATE = "10.20.30.40"
HOSTS = ["mx-bookworm", "mx-trixie"]
RECOVERY = 110  # seconds


class Day:
    """What one appliance told whom, hour by hour."""

    def __init__(self, host: str) -> None:
        """Begin on a host."""
        self.host = host
        self.told: dict[str, dict[str, str]] = {}
        self.since = inside(host, "date", "+%Y-%m-%d %H:%M:%S").strip()

    def say(self, *addresses: str) -> dict[str, str]:
        """Return what each address is told now."""
        recipient = f"user@{self.host.removeprefix('mx-')}.example"
        script = (HERE / "strangers.py").read_text()
        words = inside(self.host, "python3", "-", recipient, *addresses, words=script)
        return dict(json.loads(words))

    def run(self, *command: str, words: str = "") -> str:
        """Run a command on the host."""
        return inside(self.host, *command, words=words)

    def live(self) -> Day:
        """Live through the day, and leave the host as it was."""
        self.told["first"] = self.say(*GOOD, NAMELESS)
        self.told["crowd"] = self.say(*FAILING * 20)
        self.told["after the crowd"] = self.say(NAMELESS)
        self.told["private"] = self.say(PRIVATE)
        self.told["after the probe"] = self.say(*GOOD, NAMELESS)
        self.run("systemctl", "restart", "ptrgate-milter")
        self.run("systemctl", "stop", "unbound")
        try:
            self.told["no resolver"] = self.say(*GOOD, NAMELESS)
            self.lie()
        finally:
            self.run("systemctl", "start", "unbound")
        self.told["truth"] = self.say(*GOOD)
        self.recover()
        return self

    def lie(self) -> None:
        """Put a liar in the resolver's place, and hear what it makes of clients."""
        liar = (HERE / "liar.py").read_text()
        self.run("systemd-run", "--quiet", "--unit=liar", "--collect", "python3", "-c", liar)
        try:
            while "127.0.0.1:53 " not in self.run("ss", "-Hlnu"):
                time.sleep(0.2)
            self.told["lies"] = self.say(*GOOD, NAMELESS, *[f"198.19.7.{n}" for n in range(20)])
        finally:
            self.run("systemctl", "stop", "liar")

    def recover(self) -> None:
        """Wait until somebody is refused again."""
        began = time.monotonic()
        while time.monotonic() - began < RECOVERY:
            self.told["recovered"] = self.say(NAMELESS, GOOD[0])
            if self.told["recovered"][NAMELESS].startswith("550"):
                break
            time.sleep(3)

    def journal(self, words: str) -> list[str]:
        """Return the milter's lines of the day that hold these words."""
        log = self.run("journalctl", "-u", "ptrgate-milter", "-o", "cat", "--since", self.since)
        return [line for line in log.splitlines() if words in line]


@pytest.fixture(scope="session")
def days() -> dict[str, Day]:
    """The day of both appliances."""
    with ThreadPoolExecutor(2) as both:
        return {day.host: day for day in both.map(lambda host: Day(host).live(), HOSTS)}


@pytest.fixture
def day(host, days):
    """The day of this appliance."""
    return days[host.check_output("hostname")]

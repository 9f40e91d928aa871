# SPDX-License-Identifier: GPL-3.0-or-later
"""What a desk tells the page: a look that went well, and one thing after another that did not."""

from typing import Any

ADDRESS = "198.51.100.7"

SEEN: dict[str, Any] = {
    "address": ADDRESS,
    "time": "2026-07-12T12:41:30Z",
    "finding": "no_ptr",
    "iprev": "permerror",
    "diagnosis": "no_ptr",
    "reason": f"{ADDRESS} has no PTR record",
    "names": [],
    "accepted": None,
    "now": False,
    "resolver": {"finding": "no_ptr", "reason": "none", "seconds": 41, "forgot": False},
    "delegation": [
        {"zone": ".", "nameservers": ["a.root.example"]},
        {"zone": "100.51.198.in-addr.arpa", "nameservers": ["ns1.your-server.de"]},
    ],
    "record": "7.100.51.198.in-addr.arpa",
    "aliases": [],
    "answers": [
        {
            "server": "ns1.your-server.de",
            "address": "192.0.2.53",
            "question": "PTR 7.100.51.198.in-addr.arpa",
            "reply": "NXDOMAIN",
            "values": [],
        }
    ],
    "title": "",
    "meaning": "",
    "who": "",
    "ask": "",
    "zone": "100.51.198.in-addr.arpa",
    "nameservers": ["ns1.your-server.de"],
    "contact": "hostmaster@isp.example",
    "records": ["7.100.51.198.in-addr.arpa. PTR <the name of our mail server>"],
    "held": [],
    "letter": "To: hostmaster@isp.example\nSubject: x\n\nPlease.\n\nRecord: r\nZone: z",
}
NAMED = {
    "finding": "ok",
    "iprev": "pass",
    "diagnosis": "ok",
    "names": [{"name": "mx.example", "addresses": [ADDRESS], "result": "confirmed"}],
    "accepted": "2026-07-12T12:41:30Z",
    "now": True,
    "resolver": {"finding": "ok", "reason": "", "seconds": None, "forgot": True},
}


def seen(**changes: Any) -> dict[str, Any]:
    return {"seen": {**SEEN, **changes}}


class FakeDesk:
    """Answers what it is told to, and writes down what it was asked."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told, self.asked, self.glanced = told, [], []

    def __call__(
        self, address: str, server: str = "", *, around: bool = False, glance: bool = False
    ) -> dict[str, Any]:
        if glance:
            self.glanced.append(address)
        else:
            self.asked.append((address, server, around))
        return self.told

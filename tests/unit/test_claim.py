# SPDX-License-Identifier: GPL-3.0-or-later
"""When the mail server's own yes is enough; its no never is."""

import pytest

from ptrgate.judge import policy as policies
from ptrgate.judge.claim import NO_CLAIM, Claim, believed
from ptrgate.judge.words import Finding, IprevResult, Source

POLICY = policies.load('mode = "observe"\n[own]\nnames = ["mx.company.example"]\n', source="test")
CLIENT, PORT_25 = "198.51.100.30", "203.0.113.42"


@pytest.mark.parametrize(
    "address, name, listener",
    [
        (CLIENT, "mail.example.net", PORT_25),
        (CLIENT, "Mail.Example.NET", PORT_25),
        ("2001:db8::25", "mail.example.net", "IPv6:2001:db8::42"),
    ],
)
def test_a_server_that_postfix_confirmed_costs_no_lookup(address, name, listener):
    judgement = believed(Claim(name, "OK", listener), address, POLICY)
    assert judgement.finding is Finding.OK
    assert judgement.source is Source.POSTFIX
    assert judgement.iprev.result is IprevResult.PASS
    assert judgement.iprev.confirmed == ("mail.example.net",)
    assert judgement.iprev.queries == 0


@pytest.mark.parametrize(
    "why, claim",
    [
        ("there are no macros", NO_CLAIM),
        ("there is no PTR, or the lookup failed", Claim("unknown", "FAIL", PORT_25)),
        ("the lookup failed", Claim("unknown", "TEMP", PORT_25)),
        ("the name leads elsewhere", Claim("unknown", "FORGED", PORT_25)),
        ("the word is none of Postfix's", Claim("mail.example.net", "ok", PORT_25)),
        ("there is no name", Claim("", "OK", PORT_25)),
        ("the name is no public one", Claim("localhost", "OK", PORT_25)),
        ("the name is a number", Claim("198.51.100.30", "OK", PORT_25)),
        ("the name is ours", Claim("MX.company.example", "OK", PORT_25)),
        ("another name may be a server's", Claim("dsl-198-51-100-30.example.net", "OK", PORT_25)),
        ("XCLIENT may have said so", Claim("mail.example.net", "OK", "127.0.0.1")),
        ("XCLIENT may have said so, IPv6", Claim("mail.example.net", "OK", "IPv6:::1")),
        ("the listener is unknown", Claim("mail.example.net", "OK", "")),
        ("the listener is a socket", Claim("mail.example.net", "OK", "unix")),
    ],
)
def test_dns_is_asked_because(why, claim):
    assert believed(claim, CLIENT, POLICY) is None, why

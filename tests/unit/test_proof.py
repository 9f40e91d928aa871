# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof over a small Internet of our own: each broken delegation, and whom to ask for what."""

import dns.flags
import dns.message
import pytest

from ptrgate.diagnosis.letter import is_registrys
from ptrgate.judge.words import Diagnosis
from ptrgate.lookup.resolver import Resolver
from ptrgate.lookup.walker import Walker
from ptrgate.outbound.egress import egress
from ptrgate.outbound.proof import Panel, prove, refused
from ptrgate.outbound.rows import as_dict
from ptrgate.outbound.smarthost import host_of, relay
from ptrgate.outbound.verdict import Family
from tests.unit.nameserver import from_zone, reply, serving
from tests.unit.tree import ROOT, standing
from tests.unit.world import WORLD
from tests.unit.zone import FAILS, Zone

D = Diagnosis


@pytest.fixture(scope="module")
def port():
    with standing(WORLD) as port:
        yield port


def row(address, **panel):
    (proof,) = prove(egress([address], look=None), Panel(clock=lambda: 1_800_000_000.0, **panel))
    return as_dict(proof)


def world(port):
    return Walker([(ROOT, port)], try_seconds=0.4)


def about(found):
    return {advice["about"] for advice in found["advice"]}


@pytest.mark.parametrize(
    ("address", "verdict", "diagnosis"),
    [
        pytest.param("192.0.2.25", "pass", D.OK, id="a name that leads back"),
        pytest.param("192.0.2.65", "pass", D.OK, id="a classless delegation as it should be"),
        pytest.param("2001:db8::25", "pass", D.OK, id="IPv6"),
        pytest.param("192.0.2.26", "fail", D.FORWARD_MISMATCH, id="a stranger's name"),
        pytest.param("192.0.2.27", "fail", D.DYNAMIC_NAME, id="a line's name"),
        pytest.param("192.0.2.28", "fail", D.FORWARD_MISSING, id="a name without address"),
        pytest.param("192.0.2.31", "fail", D.JUNK_NAME, id="localhost"),
        pytest.param("192.0.2.250", "fail", D.NO_PTR, id="no record"),
        pytest.param("2001:db8::26", "fail", D.IPV6_WITHOUT_PTR, id="no record, IPv6"),
        pytest.param("192.0.2.200", "fail", D.PTR_NOT_DELEGATED, id="our server alone has it"),
        pytest.param("203.0.113.1", "fail", D.LAME_DELEGATION, id="delegated in vain"),
        pytest.param("192.0.2.193", "fail", D.BROKEN_CLASSLESS_DELEGATION, id="alias, lame zone"),
        pytest.param("192.0.2.162", "fail", D.BROKEN_CLASSLESS_DELEGATION, id="no alias was set"),
        pytest.param("192.0.2.170", "fail", D.PTR_NOT_DELEGATED, id="neither alias nor zone"),
        pytest.param("192.0.2.66", "fail", D.BROKEN_CLASSLESS_DELEGATION, id="an alias to nothing"),
        pytest.param("192.0.2.129", "fail", D.BROKEN_CLASSLESS_DELEGATION, id="zone not delegated"),
        pytest.param("192.0.2.194", "fail", D.BROKEN_CLASSLESS_DELEGATION, id="a circle"),
        pytest.param("192.0.2.29", "unknown", D.DNS_FAILURE, id="silence"),
        pytest.param("192.0.2.30", "unknown", D.DNS_FAILURE, id="SERVFAIL"),
        pytest.param("192.0.2.34", "unknown", D.DNS_FAILURE, id="refused by one, silence of one"),
        pytest.param("198.51.100.8", "unknown", D.DNS_FAILURE, id="servers that contradict"),
        pytest.param("10.0.0.1", "unknown", D.NOT_PUBLIC, id="a private address"),
    ],
)
def test_the_worlds_servers_tell(port, address, verdict, diagnosis):
    found = row(address, world=world(port), local=Zone({address: FAILS}), helo="mx.company.example")
    assert (found["verdict"], found["diagnosis"]) == (verdict, diagnosis)


@pytest.mark.parametrize(
    ("address", "zone", "records", "letter"),
    [
        pytest.param(
            "192.0.2.250",
            ("2.0.192.in-addr.arpa", ["isp.nic.example"]),
            ["250.2.0.192.in-addr.arpa. PTR mx.company.example."],
            "isp.nic.example (127.0.0.103), asked for PTR 250.2.0.192.in-addr.arpa: NXDOMAIN",
            id="no record: the ISP, with its contact and its servers",
        ),
        pytest.param(
            "192.0.2.200",
            ("2.0.192.in-addr.arpa", ["isp.nic.example"]),
            ["200.2.0.192.in-addr.arpa. NS own.nic.example."],
            "Has it, and is not asked: own.nic.example, in its zone 200.2.0.192.in-addr.arpa",
            id="not delegated: the parent, and the NS record it would have to publish",
        ),
        pytest.param(
            "203.0.113.1",
            ("in-addr.arpa", ["arpa.nic.example"]),
            ["1.113.0.203.in-addr.arpa. PTR mx.company.example."],
            "Delegated in vain: 113.0.203.in-addr.arpa to lame.nic.example",
            id="lame: the zone that delegates, and the servers it sends the world to",
        ),
        pytest.param(
            "192.0.2.66",
            ("64-27.2.0.192.in-addr.arpa", ["own.nic.example"]),
            ["66.64-27.2.0.192.in-addr.arpa. PTR mx.company.example."],
            "66.2.0.192.in-addr.arpa is an alias (CNAME) of 66.64-27.2.0.192.in-addr.arpa",
            id="classless: the place that the alias names",
        ),
        pytest.param(
            "192.0.2.162",
            ("2.0.192.in-addr.arpa", ["isp.nic.example"]),
            ["162.2.0.192.in-addr.arpa. CNAME 162.160/29.2.0.192.in-addr.arpa."],
            "Has it, and is not asked: own.nic.example, in its zone 160/29.2.0.192.in-addr.arpa",
            id="classless: the alias that the provider never set",
        ),
        pytest.param(
            "192.0.2.170",
            ("2.0.192.in-addr.arpa", ["isp.nic.example"]),
            [
                "168-175.2.0.192.in-addr.arpa. NS own.nic.example.",
                "170.2.0.192.in-addr.arpa. CNAME 170.168-175.2.0.192.in-addr.arpa.",
            ],
            "Record: 170.2.0.192.in-addr.arpa. CNAME 170.168-175.2.0.192.in-addr.arpa.",
            id="classless: neither alias nor delegation",
        ),
        pytest.param(
            "192.0.2.193",
            ("2.0.192.in-addr.arpa", ["isp.nic.example"]),
            ["193.192/27.2.0.192.in-addr.arpa. PTR mx.company.example."],
            "Delegated in vain: 192/27.2.0.192.in-addr.arpa to lame.nic.example",
            id="classless: delegated to a server that refuses",
        ),
        pytest.param(
            "192.0.2.26",
            ("example", ["isp.nic.example"]),
            ["www.example. A 192.0.2.26"],
            "asked for A www.example: NOERROR: 192.0.2.99",
            id="mismatch: the zone of the name",
        ),
    ],
)
def test_whoever_must_act_is_told_what(port, address, zone, records, letter):
    found = row(address, world=world(port), helo="mx.company.example")
    assert (found["zone"]["zone"], found["zone"]["nameservers"]) == zone
    assert found["records"] == records
    assert letter in found["letter"]
    to = "whoever" if is_registrys(zone[0]) else "dns.team@"
    assert found["letter"].startswith(f"To: {to}")
    assert found["ask"] in found["letter"]


@pytest.mark.parametrize(
    ("zone", "is_so"),
    [
        ("203.in-addr.arpa", True),
        ("0.203.in-addr.arpa", False),
        ("0.1.0.0.2.ip6.arpa", True),
        ("8.b.d.0.1.0.0.2.ip6.arpa", False),
        ("example", True),
        ("company.example", False),
    ],
)
def test_a_registry_is_not_written_to(zone, is_so):
    assert is_registrys(zone) is is_so


def test_a_private_address_needs_no_resolver(port):
    assert row("10.0.0.1", world=world(port))["diagnosis"] == D.NOT_PUBLIC


def test_nobody_is_written_to_where_nothing_is_wrong_or_known(port):
    for address in ("192.0.2.25", "192.0.2.29", "10.0.0.1"):
        assert row(address, world=world(port), local=Zone({}))["letter"] == ""


GOOD = Zone({"192.0.2.250": ["mx.example"], "mx.example": ["192.0.2.250"]})


def test_local_data_is_advice_and_the_world_decides(port):
    found = row("192.0.2.250", world=world(port), local=GOOD)
    assert (found["diagnosis"], about(found)) == (D.NO_PTR, {"split_horizon"})
    found = row("192.0.2.25", world=world(port), local=Zone({}))
    assert (found["verdict"], about(found)) == ("pass", {"split_horizon"})


def test_a_lame_answer_gives_way_to_a_witness_that_was_answered(port):
    local = Zone({"203.0.113.1": ["mx.example"], "mx.example": ["203.0.113.1"]})
    assert row("203.0.113.1", world=world(port), local=local)["verdict"] == "pass"


def test_an_alias_into_a_lame_zone_gives_way_too(port):
    local = Zone({"192.0.2.193": ["mx.example"], "mx.example": ["192.0.2.193"]})
    assert row("192.0.2.193", world=world(port), local=local)["verdict"] == "pass"


@pytest.mark.parametrize(
    ("addresses", "families"),
    [
        pytest.param(["203.0.113.1", "192.0.2.193"], {Family.IPV4}, id="lame, and lame"),
        pytest.param(["203.0.113.1", "192.0.2.25"], {Family.IPV4}, id="lame, and one that passes"),
        pytest.param(["203.0.113.1", "192.0.2.250"], set(), id="lame, and one without a name"),
        pytest.param(["203.0.113.1", "2001:db8::26"], {Family.IPV4}, id="another family's failure"),
        pytest.param(["192.0.2.66"], set(), id="an alias to nothing was answered"),
    ],
)
def test_which_failures_are_nothing_but_refusals(port, addresses, families):
    assert refused(prove(egress(addresses, look=None), Panel(world=world(port)))) == families


def test_what_a_resolver_heard_of_servers_that_contradict_each_other_proves_nothing(port):
    found = row("198.51.100.8", world=world(port), local=Zone({}))
    assert (found["verdict"], found["diagnosis"]) == ("unknown", D.DNS_FAILURE)
    assert "do not answer alike" in found["reason"]
    assert "servers_differ" in about(found)


def test_the_evidence_is_complete(port):
    local = Zone({"192.0.2.25": ["mx.example"], "mx.example": ["192.0.2.25"]})
    found = row("192.0.2.25", world=world(port), local=local)
    assert [w["place"] for w in found["witnesses"]] == ["authoritative", "local"]
    pointer, forward = found["witnesses"][0]["answers"]
    assert (pointer["question"], pointer["ttl"]) == ("PTR 25.2.0.192.in-addr.arpa", 300)
    assert "192.0.2.25" in forward["values"]
    assert {s["reply"] for s in found["servers"]} >= {"NOERROR", "referral to example"}
    assert (found["match"], found["time"]) == ("mx.example", "2027-01-15T08:00:00Z")


@pytest.mark.parametrize(
    ("address", "helo", "said"),
    [
        pytest.param("192.0.2.25", "mx.example", set(), id="all is well"),
        pytest.param("192.0.2.25", "www.example", {"helo_differs"}, id="another HELO"),
        pytest.param(
            "192.0.2.25", "no.example", {"helo_differs", "helo_unresolved"}, id="HELO unknown"
        ),
        pytest.param("192.0.2.32", "mx.example", {"several_names"}, id="two names"),
        pytest.param("192.0.2.36", "", {"generic_name"}, id="a name with the address in it"),
        pytest.param("192.0.2.35", "mx.example", {"lame_server"}, id="one server of two is lame"),
    ],
)
def test_advice_changes_no_verdict(port, address, helo, said):
    found = row(address, world=world(port), helo=helo)
    assert (found["verdict"], about(found)) == ("pass", said)


POOL = {
    ("25.2.0.192.in-addr.arpa.", "PTR"): ["mx.example."],
    ("mx.example.", "A"): ["192.0.2.25"],
}


def bogus(query, _is_tcp):
    """Answer as a validating resolver does for a zone with wrong signatures."""
    if query.flags & dns.flags.CD:
        return [reply(query, POOL).to_wire()]
    message = dns.message.make_response(query)
    message.set_rcode(2)
    return [message.to_wire()]


def test_wrong_signatures_prove_nothing_although_the_servers_answer(port):
    with serving(bogus) as server:
        local = Resolver([server.address])
        unchecked = Resolver([server.address], validating=False)
        found = row("192.0.2.25", world=world(port), local=local, unchecked=unchecked)
    assert (found["verdict"], about(found)) == ("unknown", {"dnssec_bogus"})


def test_a_cold_cache_is_asked_again():
    failures = [True]

    def cold(query, is_tcp):
        return bogus(query, is_tcp) if failures else from_zone(POOL)(query, is_tcp)

    with serving(cold) as server:
        local = Resolver([server.address])
        warming = Zone({"192.0.2.25": ["mx.example"], "mx.example": ["192.0.2.25"]})
        warm = warming.pointers
        warming.pointers = lambda address: (failures.clear(), warm(address))[1]
        found = row("192.0.2.25", local=local, unchecked=warming)
    assert (found["verdict"], about(found)) == ("pass", set())


@pytest.mark.parametrize(
    ("hop", "host"),
    [
        ("[relay.example.net]:587", "relay.example.net"),
        ("relay.example.net", "relay.example.net"),
        ("relay.example.net:25", "relay.example.net"),
        ("[2001:db8::1]:587", "2001:db8::1"),
    ],
)
def test_the_host_of_a_next_hop(hop, host):
    assert host_of(hop) == host


def test_the_smarthosts_addresses_are_judged_by_name():
    local = Zone(
        {
            "relay.example.net": ["192.0.2.7", "2001:db8::7"],
            "192.0.2.7": ["relay.example.net"],
        }
    )
    found = relay("[relay.example.net]:587", Panel(local=local))
    assert [(p.egress.address, p.found.diagnosis) for p in found] == [
        ("192.0.2.7", D.OK),
        ("2001:db8::7", D.IPV6_WITHOUT_PTR),
    ]
    assert relay("", Panel(local=local)) == ()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The walk down from the root, over real packets: what each delegation comes to, and its bounds."""

import itertools
from ipaddress import ip_address

import pytest

from ptrgate.judge.answers import AnswerStatus
from ptrgate.judge.trail import Said
from ptrgate.lookup.classless import places
from ptrgate.lookup.exchange import dial
from ptrgate.lookup.roots import root_servers
from ptrgate.lookup.walker import Walker
from tests.unit.nameserver import from_zone, serving
from tests.unit.tree import DEAF, ISP, ROOT, standing
from tests.unit.world import WORLD

OK, NXDOMAIN, FAILED = AnswerStatus.OK, AnswerStatus.NXDOMAIN, AnswerStatus.FAILED


@pytest.fixture(scope="module")
def port():
    with standing(WORLD) as port:
        yield port


def walker(port, **budget):
    return Walker([(ROOT, port)], **{"try_seconds": 0.5, **budget})


def walked(port, address, **budget):
    """Return the trail of the PTR record of an address."""
    one = walker(port, **budget)
    one.pointers(ip_address(address))
    return one.trails[0]


@pytest.mark.parametrize(
    ("address", "status", "values"),
    [
        pytest.param("192.0.2.25", OK, ["mx.example"], id="a record in the ISP's zone"),
        pytest.param("192.0.2.65", OK, ["mx.example"], id="an alias into the customer's zone"),
        pytest.param("192.0.2.196", OK, ["mx.example"], id="an alias out of arpa"),
        pytest.param("2001:db8::25", OK, ["mx.example"], id="IPv6"),
        pytest.param("192.0.2.35", OK, ["mx.example"], id="one of two servers is lame"),
        pytest.param("192.0.2.250", NXDOMAIN, [], id="no record"),
        pytest.param("192.0.2.201", NXDOMAIN, [], id="a zone that the world is not sent to"),
        pytest.param("192.0.2.66", NXDOMAIN, [], id="an alias to a name that is not there"),
        pytest.param("192.0.2.129", NXDOMAIN, [], id="an alias into a zone that is not delegated"),
        pytest.param("203.0.113.1", FAILED, [], id="a zone whose only server refuses"),
        pytest.param("192.0.2.29", FAILED, [], id="a zone whose only server is silent"),
        pytest.param("192.0.2.30", FAILED, [], id="a zone whose only server is broken"),
        pytest.param("192.0.2.194", FAILED, [], id="aliases in a circle"),
        pytest.param("198.51.100.8", FAILED, [], id="two servers that contradict each other"),
    ],
)
def test_answer(port, address, status, values):
    answer = walked(port, address).answer
    assert (answer.status, list(answer.values)) == (status, values)


def test_one_lost_packet_leaves_the_word_to_no_server_that_never_had_the_record(port):
    lost = []

    def dial_(server, kind, seconds):
        if server[0] == ISP and not lost:
            lost.append(server)
            server = (DEAF, server[1])
        return dial(server, kind, seconds)

    answer = walked(port, "198.51.100.8", dial=dial_).answer
    assert (len(lost), answer.status) == (1, FAILED)


@pytest.mark.parametrize(
    ("address", "is_lame"),
    [
        pytest.param("203.0.113.1", True, id="the only server refuses"),
        pytest.param("192.0.2.193", True, id="the customer's server refuses"),
        pytest.param("192.0.2.33", True, id="the only server's name has no address"),
        pytest.param("192.0.2.34", False, id="one refuses, the other is silent: who knows"),
        pytest.param("192.0.2.29", False, id="silent"),
        pytest.param("192.0.2.30", False, id="SERVFAIL"),
        pytest.param("192.0.2.35", False, id="one refuses, the other answers"),
    ],
)
def test_lame_only_if_every_server_says_so(port, address, is_lame):
    assert walked(port, address).is_lame == is_lame


def test_every_step_is_written_down(port):
    trail = walked(port, "192.0.2.65")
    assert trail.chain == ("65.2.0.192.in-addr.arpa", "65.64-27.2.0.192.in-addr.arpa")
    assert (trail.zone, trail.parent) == ("64-27.2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa")
    assert [(a.server, a.said, a.zone) for a in trail.asked if not a.question.startswith("A")] == [
        ("", Said.REFERRAL, "."),
        ("arpa.nic.example", Said.REFERRAL, "arpa"),
        ("isp.nic.example", Said.ANSWER, "2.0.192.in-addr.arpa"),
        ("isp.nic.example", Said.REFERRAL, "2.0.192.in-addr.arpa"),
        ("own.nic.example", Said.ANSWER, "64-27.2.0.192.in-addr.arpa"),
    ]


def test_who_is_in_charge_is_read_from_the_zone_not_from_its_hidden_primary(port):
    charge = walker(port).charge("250.2.0.192.in-addr.arpa")
    assert charge.zone == "2.0.192.in-addr.arpa"
    assert charge.nameservers == ("isp.nic.example",)
    assert charge.contact == "dns.team@isp.example"


def test_a_server_that_nobody_is_sent_to_is_asked_by_name_or_address(port):
    one = walker(port)
    for server in ("own.nic.example", "127.0.0.104"):
        (held,) = one.held("200.2.0.192.in-addr.arpa", [server])
        assert (held.names, held.zone) == (("mx.company.example",), "200.2.0.192.in-addr.arpa")
    assert one.held("202.2.0.192.in-addr.arpa", ["own.nic.example", "127.0.0.103"]) == ()


def test_a_small_networks_zone_is_found_although_nothing_leads_there(port):
    (held,) = walker(port).held("162.2.0.192.in-addr.arpa", ["isp.nic.example", "own.nic.example"])
    assert (held.owner, held.zone) == (
        "162.160/29.2.0.192.in-addr.arpa",
        "160/29.2.0.192.in-addr.arpa",
    )


@pytest.mark.parametrize(
    ("pointer", "some"),
    [
        ("68.2.0.192.in-addr.arpa", {"68.64/27", "68.64-27", "68.64-95", "68.0/25", "68.68-31"}),
        ("0.2.0.192.in-addr.arpa", {"0.0-25", "0.0-127", "0.0-1"}),
        ("8.b.d.0.1.0.0.2.ip6.arpa", set()),
        ("2.0.192.in-addr.arpa", set()),
        ("x.2.0.192.in-addr.arpa", set()),
        ("mail.customer.example", set()),
    ],
)
def test_where_a_small_networks_zone_would_have_the_record(pointer, some):
    found = places(pointer)
    assert {f"{place}.2.0.192.in-addr.arpa" for place in some} <= set(found)
    assert len(found) in ({20, 21} if some else {0})


def test_a_walk_ends_with_its_questions(port):
    answer = walked(port, "192.0.2.25", most=2).answer
    assert (answer.status, answer.reason) == (FAILED, "more than 2 questions for one walk")


def test_a_walk_ends_with_its_time(port):
    seconds = itertools.count()
    answer = walked(port, "192.0.2.25", total_seconds=5, clock=lambda: next(seconds)).answer
    assert (answer.status, answer.reason) == (FAILED, "the 5 s for one walk are over")


def test_servers_in_a_circle_are_not_followed_for_ever():
    circle = {
        ROOT: {
            ".": "@ NS root.nic.example.\narpa. NS a.one.example.\n"
            "one.example. NS b.two.example.\ntwo.example. NS a.one.example.\n"
        }
    }
    with standing(circle) as port:
        trail = walked(port, "192.0.2.25")
    assert trail.answer.status is FAILED
    assert not trail.is_lame
    assert trail.answer.queries < 20


def test_a_root_that_refuses_is_our_own_trouble():
    with standing({ROOT: {"example.": "@ NS root.nic.example."}}) as port:
        trail = walked(port, "192.0.2.25")
    assert (trail.answer.status, trail.is_lame) == (FAILED, False)


def test_a_dead_root_costs_little_the_second_time():
    with standing({}) as port:
        one = Walker([("127.0.0.106", port)], try_seconds=0.2)
        costs = [one.pointers(ip_address(a)).queries for a in ("192.0.2.1", "192.0.2.2")]
        said = [asked.reply for asked in one.trails[0].asked]
    assert costs[0] == 2
    assert set(said) == {"not asked again, it was silent before"}


def test_the_resolver_says_where_the_root_is(tmp_path):
    zone = {(".", "NS"): ["a.root.example."], ("a.root.example.", "A"): ["192.0.2.1"]}
    with serving(from_zone(zone)) as server:
        assert root_servers([server.address]) == (("192.0.2.1", 53),)
    hints = tmp_path / "root.hints"
    hints.write_text("; a comment\n. 1 NS A.ROOT.\nA.ROOT. 1 A 192.0.2.2\nA.ROOT. 1 AAAA ::2\n")
    assert root_servers([], hints=hints) == (("192.0.2.2", 53), ("::2", 53))
    assert root_servers([], hints=tmp_path / "none") == ()

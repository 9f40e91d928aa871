# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver against a real nameserver on loopback that misbehaves in every known way."""

import struct
import time
from ipaddress import ip_address
from itertools import pairwise

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from ptrgate.judge.answers import AnswerStatus
from ptrgate.judge.iprev import check
from ptrgate.judge.words import IprevResult
from ptrgate.lookup.resolver import MAX_PACKETS, Resolver
from ptrgate.lookup.servers import server, system_nameservers
from tests.unit.nameserver import from_zone, reply, serving, soa, with_rcode

CLIENT = "192.0.2.10"
PTR = "10.2.0.192.in-addr.arpa."
ZONE = {(PTR, "PTR"): ["mx.example.org."], ("mx.example.org.", "A"): [CLIENT]}
RFC2317 = {
    (PTR, "CNAME"): ["10.0-15.2.0.192.in-addr.arpa."],
    ("10.0-15.2.0.192.in-addr.arpa.", "PTR"): ["mx.example.org."],
    ("mx.example.org.", "A"): [CLIENT],
}


PATIENT = {"try_seconds": 20.0, "total_seconds": 60.0}  # an answer late on a busy machine counts
HASTY = {"try_seconds": 0.15, "total_seconds": 1.0}  # for those that never answer


def iprev(answer, *, more=(), **seconds):
    with serving(answer) as nameserver:
        resolver = Resolver([nameserver.address, *more], **PATIENT | seconds)
        return check(CLIENT, resolver), nameserver.asked


def pointers(answer):
    with serving(answer) as nameserver:
        resolver = Resolver([nameserver.address], **PATIENT)
        return resolver.pointers(ip_address(CLIENT)), nameserver.asked


def refusing_edns(rcode):
    def answer(query, is_tcp):
        return [with_rcode(query, rcode)] if query.edns >= 0 else from_zone(ZONE)(query, is_tcp)

    return answer


def header_only(rcode):
    """The twelve octets that the oldest servers answer EDNS with."""

    def answer(query, is_tcp):
        if query.edns < 0:
            return from_zone(ZONE)(query, is_tcp)
        return [struct.pack("!6H", query.id, dns.flags.QR | rcode, 0, 0, 0, 0)]

    return answer


def dropping_edns(query, is_tcp):
    return [] if query.edns >= 0 else from_zone(ZONE)(query, is_tcp)


def bad_version(query, is_tcp):
    if query.edns < 0:
        return from_zone(ZONE)(query, is_tcp)
    message = dns.message.make_response(query)
    message.use_edns(0)
    message.set_rcode(dns.rcode.BADVERS)
    return [message.to_wire()]


def truncating(query, is_tcp):
    if is_tcp:
        return from_zone(ZONE)(query, is_tcp)
    message = dns.message.make_response(query)
    message.flags |= dns.flags.TC | dns.flags.RA
    return [message.to_wire()]


def truncating_within_a_record(query, is_tcp):
    if is_tcp:
        return from_zone(ZONE)(query, is_tcp)
    message = reply(query, ZONE)
    message.flags |= dns.flags.TC
    return [message.to_wire()[:-5]]


def after_spoofs(query, _is_tcp):
    """Send what is no answer before the answer: each must be ignored."""
    wrong_id = reply(query, {(PTR, "PTR"): ["spoof.example."]})
    wrong_id.id = query.id ^ 1
    wrong_name = dns.message.make_query("other.example.", "A")
    wrong_name.id = query.id
    wrong_name = reply(wrong_name, {("other.example.", "A"): ["192.0.2.66"]})
    wire = reply(query, ZONE).to_wire()
    junk = [b"", b"\0", wire[:11], wire[:20], wire[:-3], query.to_wire(), b"\xff" * 600]
    forged = struct.pack("!6H", query.id, 0x8180, 1, 9, 0, 0) + b"\xc0\x0c" * 40
    return [wrong_id.to_wire(), wrong_name.to_wire(), *junk, forged, wire]


def odd_case_and_extras(query, _is_tcp):
    message = reply(query, ZONE)
    for number, rrset in enumerate(message.answer):
        name = rrset.name.to_text().upper()
        values = [rdata.to_text().upper() for rdata in rrset]
        kind = dns.rdatatype.to_text(rrset.rdtype)
        message.answer[number] = dns.rrset.from_text(name, 1, "IN", kind, *values)
    message.answer.insert(0, dns.rrset.from_text("a.example.", 1, "IN", "A", "192.0.2.1"))
    message.additional.append(dns.rrset.from_text("b.example.", 1, "IN", "A", "192.0.2.1"))
    return [message.to_wire() + b"trailing junk"]


@pytest.mark.parametrize(
    ("answer", "queries"),
    [
        pytest.param(from_zone(ZONE), 2, id="an ordinary resolver"),
        pytest.param(from_zone(ZONE, dns.flags.AA), 2, id="an authoritative server"),
        pytest.param(from_zone(ZONE, 0), 2, id="a server without authority or recursion"),
        pytest.param(from_zone(RFC2317), 2, id="RFC 2317: the PTR is at the target of a CNAME"),
        pytest.param(
            from_zone(RFC2317, dns.flags.AA, chase=False), 3, id="the target is not in the answer"
        ),
        pytest.param(refusing_edns(dns.rcode.FORMERR), 3, id="FORMERR to EDNS"),
        pytest.param(refusing_edns(dns.rcode.NOTIMP), 3, id="NOTIMP to EDNS"),
        pytest.param(refusing_edns(dns.rcode.SERVFAIL), 3, id="SERVFAIL to EDNS"),
        pytest.param(header_only(dns.rcode.FORMERR), 3, id="FORMERR without a question"),
        pytest.param(bad_version, 3, id="BADVERS"),
        pytest.param(truncating, 4, id="truncated, then TCP"),
        pytest.param(truncating_within_a_record, 4, id="truncated within a record"),
        pytest.param(after_spoofs, 2, id="spoofs and junk before the answer"),
        pytest.param(odd_case_and_extras, 2, id="upper case, unasked records, trailing junk"),
    ],
)
def test_good_name_is_confirmed_by(answer, queries):
    result, asked = iprev(answer)
    assert (result.result, result.confirmed) == (IprevResult.PASS, ("mx.example.org",))
    assert result.queries == len(asked) == queries


def test_a_server_that_is_silent_to_edns_is_asked_without():
    result, asked = iprev(dropping_edns, try_seconds=1.0, total_seconds=60.0)
    assert result.confirmed == ("mx.example.org",)
    assert result.queries == len(asked) >= 3


def always(rcode):
    return lambda query, _is_tcp: [with_rcode(query, rcode)]


def referring(flags, owner="2.0.192.in-addr.arpa."):
    def answer(query, _is_tcp):
        message = dns.message.make_response(query)
        message.flags |= flags
        message.authority.append(dns.rrset.from_text(owner, 300, "IN", "NS", "ns.isp.example."))
        return [message.to_wire()]

    return answer


def truncated_for_ever(query, is_tcp):
    message = dns.message.make_response(query)
    message.flags |= dns.flags.TC
    return [] if is_tcp else [message.to_wire()]


def chain_of(links):
    names = [PTR] + [f"{n}.chain.example." for n in range(links)]
    zone = {(a, "CNAME"): [b] for a, b in pairwise(names)}
    return zone | {(names[-1], "PTR"): ["mx.example.org."], ("mx.example.org.", "A"): [CLIENT]}


LOOP = {(PTR, "CNAME"): ["a.example."], ("a.example.", "CNAME"): [PTR]}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(always(dns.rcode.SERVFAIL), "SERVFAIL from 127.0.0.1:", id="SERVFAIL"),
        pytest.param(always(dns.rcode.REFUSED), "REFUSED from", id="REFUSED"),
        pytest.param(always(dns.rcode.FORMERR), "FORMERR from", id="FORMERR to everything"),
        pytest.param(always(dns.rcode.NOTAUTH), "NOTAUTH from", id="another error"),
        pytest.param(truncated_for_ever, "over TCP", id="TCP that is broken off"),
        pytest.param(referring(0), "a referral from", id="a referral"),
        pytest.param(referring(dns.flags.RA), "a referral from", id="a referral that claims RA"),
        pytest.param(referring(0, "."), "a referral from", id="an upward referral"),
        pytest.param(from_zone({(PTR, "TXT"): ["x"]}, 0), "lame", id="an empty answer of nobody"),
        pytest.param(from_zone(LOOP), "loop of CNAMEs", id="a loop of CNAMEs in one answer"),
        pytest.param(from_zone(LOOP, chase=False), "loop of CNAMEs", id="a loop link by link"),
        pytest.param(from_zone(chain_of(17)), "more than 16 CNAMEs", id="a chain of 17"),
        pytest.param(from_zone(chain_of(17), chase=False), "more than 16", id="17 link by link"),
    ],
)
def test_failed_lookup_is_never_no_ptr(answer, reason):
    result, asked = iprev(answer)
    assert result.result is IprevResult.TEMPERROR
    assert reason in result.reason
    assert result.queries == len(asked)


@pytest.mark.parametrize(
    "packets", [pytest.param([], id="silence"), pytest.param([b"junk"] * 50, id="only junk")]
)
def test_no_answer_in_time_is_never_no_ptr(packets):
    result, asked = iprev(lambda _query, _is_tcp: packets, **HASTY)
    assert result.result is IprevResult.TEMPERROR
    assert "no answer from" in result.reason
    assert "within 0.1 s" in result.reason
    assert result.queries == len(asked)


@pytest.mark.parametrize("chase", [True, False])
def test_chain_of_sixteen_is_followed(chase):
    result, _asked = iprev(from_zone(chain_of(16), chase=chase))
    assert result.result is IprevResult.PASS


def nothing(rcode=dns.rcode.NOERROR, flags=dns.flags.RA, owner=None):
    def answer(query, _is_tcp):
        message = dns.message.make_response(query)
        message.flags |= flags
        message.set_rcode(rcode)
        if owner:
            message.authority.append(soa(owner))
        return [message.to_wire()]

    return answer


def alias_to_nothing(query, _is_tcp):
    """A recursive server at a broken classless delegation: the target does not exist."""
    message = reply(query, {(PTR, "CNAME"): ["10.sub.2.0.192.in-addr.arpa."]})
    message.authority.append(soa("sub.2.0.192.in-addr.arpa."))
    return [message.to_wire()]


@pytest.mark.parametrize(
    ("answer", "status", "ttl"),
    [
        pytest.param(nothing(), AnswerStatus.NODATA, None, id="a bare NODATA"),
        pytest.param(nothing(owner="arpa."), AnswerStatus.NODATA, 60, id="NODATA with SOA"),
        pytest.param(nothing(flags=dns.flags.AA), AnswerStatus.NODATA, None, id="NODATA with AA"),
        pytest.param(nothing(dns.rcode.NXDOMAIN), AnswerStatus.NXDOMAIN, None, id="NXDOMAIN"),
        pytest.param(
            nothing(dns.rcode.NXDOMAIN, 0, "arpa."), AnswerStatus.NXDOMAIN, 60, id="with SOA"
        ),
        pytest.param(alias_to_nothing, AnswerStatus.NXDOMAIN, 60, id="CNAME to nothing"),
    ],
)
def test_there_is_none_is_heard(answer, status, ttl):
    found, _asked = pointers(answer)
    assert (found.status, found.values, found.ttl) == (status, (), ttl)


def crowd(count, forward):
    """Hundreds of names at one address, which only TCP can carry."""
    names = [f"host{n:04}.hosting.example." for n in range(count)]
    zone = {(PTR, "PTR"): names} | {(name, "A"): [forward] for name in names}

    def answer(query, is_tcp):
        message = reply(query, zone)
        if not is_tcp and len(message.answer) and len(message.answer[0]) > 20:
            message.answer.clear()
            message.flags |= dns.flags.TC
        return [message.to_wire(max_size=65535)]

    return answer


def test_five_hundred_names_cost_no_more_than_ten():
    result, asked = iprev(crowd(500, "192.0.2.99"))
    assert (result.result, result.truncated) == (IprevResult.FAIL, True)
    assert len(result.names) == 10
    assert result.queries == len(asked) == 2 + 10


def test_largest_answer_is_read_in_a_moment():
    began = time.monotonic()
    result, _asked = iprev(crowd(2100, CLIENT))
    assert (result.result, result.queries) == (IprevResult.PASS, 3)
    assert time.monotonic() - began < 2


def test_hostile_names_stay_printable_and_lead_back():
    labels = ["%s%n", "<b>", r"a\.b", r"cr\013\010lf", r"\195\188", "xn--mnchen-3ya"]
    hostile = ".".join(labels) + ".example."
    zone = {(PTR, "PTR"): [hostile], (hostile, "A"): [CLIENT]}

    def answer(query, _is_tcp):
        message = dns.message.make_response(query)
        message.flags |= dns.flags.RA
        kind = "PTR" if query.question[0].name.to_text() == PTR else "A"
        value = zone[PTR, "PTR"] if kind == "PTR" else [CLIENT]
        message.answer.append(dns.rrset.from_text(query.question[0].name, 1, "IN", kind, *value))
        return [message.to_wire()]

    result, asked = iprev(answer)
    assert result.confirmed == (hostile.rstrip("."),)
    assert len(asked) == 2


def test_longest_name_is_data_like_any_other():
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]) + "."
    result, _asked = iprev(from_zone({(PTR, "PTR"): [longest], (longest, "A"): [CLIENT]}))
    assert result.confirmed == (longest.rstrip("."),)


def junk(_query, _is_tcp):
    """Answer nothing, for twenty seconds; not so fast that the kernel drops others' packets."""
    for _ in range(20_000):
        time.sleep(0.001)
        yield b"\0" * 40


def test_flood_of_junk_ends_at_the_deadline():
    began = time.monotonic()
    result, _asked = iprev(junk, try_seconds=0.2, total_seconds=0.5)
    assert result.result is IprevResult.TEMPERROR
    assert time.monotonic() - began < 10


def test_second_server_is_asked_when_the_first_is_deaf_and_then_stays_first():
    with serving(lambda _query, _is_tcp: []) as deaf, serving(from_zone(ZONE)) as good:
        result = check(CLIENT, Resolver([deaf.address, good.address], **HASTY))
    assert (result.result, len(deaf.asked), len(good.asked)) == (IprevResult.PASS, 1, 2)


def test_second_server_is_asked_when_the_first_is_lame():
    with serving(always(dns.rcode.REFUSED)) as lame, serving(from_zone(ZONE)) as good:
        result = check(CLIENT, Resolver([lame.address, good.address], **PATIENT))
    assert result.result is IprevResult.PASS
    assert result.queries == 4


def test_closed_port_is_noticed_at_once():
    result = check(CLIENT, Resolver([("127.0.0.1", 1)]))
    assert result.result is IprevResult.TEMPERROR
    assert "127.0.0.1:1 cannot be reached" in result.reason


def test_no_nameserver_is_a_failure_in_words():
    assert check(CLIENT, Resolver([])).reason == "there is no nameserver to ask"


DEAF = {"a.deaf.example.", "b.deaf.example."}


def deaf_for(names, zone):
    def answer(query, is_tcp):
        name = query.question[0].name.to_text()
        return [] if name in names else from_zone(zone)(query, is_tcp)

    return answer


def test_deaf_zones_do_not_use_up_the_time_of_the_good_name():
    zone = ZONE | {(PTR, "PTR"): [*DEAF, "mx.example.org."]}
    result, asked = iprev(deaf_for(DEAF, zone), try_seconds=0.2, total_seconds=0.65)
    assert result.confirmed == ("mx.example.org",)
    assert len(asked) == 4


def test_deaf_zone_is_asked_twice_and_no_more():
    zone = {(PTR, "PTR"): ["a.deaf.example."]}
    result, asked = iprev(deaf_for(DEAF, zone), **HASTY)
    assert result.result is IprevResult.TEMPERROR
    assert [name for name, *_ in asked].count("a.deaf.example.") == 2


def test_ten_deaf_names_end_with_the_total_time():
    names = [f"{n}.deaf.example." for n in range(10)]
    began = time.monotonic()
    answer = deaf_for(set(names), {(PTR, "PTR"): names})
    result, asked = iprev(answer, try_seconds=1.0, total_seconds=2.0)
    assert result.result is IprevResult.TEMPERROR
    assert len(asked) < 10
    assert time.monotonic() - began < 10


def test_packets_of_one_check_are_bounded():
    names = [f"{n}.chain.example." for n in range(10)]
    zone = {(PTR, "PTR"): names}
    for name in names:
        links = [name] + [f"{n}.{name}" for n in range(12)]
        zone |= {(a, "CNAME"): [b] for a, b in pairwise(links)}
    result, asked = iprev(from_zone(zone, dns.flags.AA, chase=False), total_seconds=5)
    assert result.result is IprevResult.TEMPERROR
    assert len(asked) == result.queries == MAX_PACKETS


def test_ipv6_asks_for_aaaa():
    address = "2001:db8::25"
    pointer = "5.2" + ".0" * 22 + ".8.b.d.0.1.0.0.2.ip6.arpa."
    zone = {(pointer, "PTR"): ["mx.example.org."], ("mx.example.org.", "AAAA"): [address]}
    with serving(from_zone(zone)) as nameserver:
        result = check(address, Resolver([nameserver.address]))
    assert result.confirmed == ("mx.example.org",)
    assert [kind for _, kind, *_ in nameserver.asked] == ["PTR", "AAAA"]


def test_addresses_alone_have_a_time_of_their_own():
    with serving(from_zone(ZONE)) as nameserver:
        found = Resolver([nameserver.address]).addresses("mx.example.org", 4)
    assert found.values == (CLIENT,)


def test_text_that_is_no_name_is_a_failure():
    assert Resolver([]).addresses("a..b", 4).status is AnswerStatus.FAILED


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5300", ("127.0.0.1", 5300)),
        ("::1", ("::1", 53)),
        ("[::1]:5300", ("::1", 5300)),
        ("[::1]", ("::1", 53)),
        ("localhost:5300", ("127.0.0.1", 5300)),
    ],
)
def test_nameserver_is_read(text, read):
    assert server(text) == read


@pytest.mark.parametrize(
    "text", ["", "ns.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "[::1]x", "1.2.3"]
)
def test_nameserver_that_is_none(text):
    with pytest.raises(ValueError):
        server(text)


def test_system_nameservers(tmp_path):
    file = tmp_path / "resolv.conf"
    lines = ["search example.org", "nameserver 192.0.2.1", "nameserver x", "nameserver ::1"]
    file.write_text("\n".join([*lines, "nameserver 192.0.2.2", "nameserver 192.0.2.3"]))
    assert system_nameservers(file) == (("192.0.2.1", 53), ("::1", 53), ("192.0.2.2", 53))
    assert system_nameservers(tmp_path / "absent") == (("127.0.0.1", 53),)

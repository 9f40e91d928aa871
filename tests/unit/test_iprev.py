# SPDX-License-Identifier: GPL-3.0-or-later
"""The reverse DNS test, case by case."""

import pytest

from ptrgate.judge.iprev import check
from ptrgate.judge.words import IprevResult, NameResult
from tests.unit.zone import FAILS, Zone

V4, V6 = "192.0.2.10", "2001:db8::10"
OTHER = "192.0.2.99"
ELEVEN = [f"host{n:02}.example.org" for n in range(1, 12)]


@pytest.mark.parametrize(
    ("address", "records", "result", "confirmed"),
    [
        pytest.param(
            V4, {V4: ["mx.example.org"], "mx.example.org": [V4]}, "pass", ["mx.example.org"],
            id="the name leads back",
        ),
        pytest.param(
            V6, {V6: ["mx.example.org"], "mx.example.org": [V6]}, "pass", ["mx.example.org"],
            id="the name leads back over IPv6",
        ),
        pytest.param(
            "2001:0DB8:0:0::0010", {V6: ["mx.example.org"], "mx.example.org": [V6]}, "pass",
            ["mx.example.org"], id="IPv6 however it is written",
        ),
        pytest.param(
            "::ffff:192.0.2.10", {V4: ["mx.example.org"], "mx.example.org": [V4]}, "pass",
            ["mx.example.org"], id="an IPv4-mapped address is the IPv4 address",
        ),
        pytest.param(
            V4, {V4: ["MX.Example.ORG."], "mx.example.org": [V4]}, "pass", ["mx.example.org"],
            id="names are lower-cased",
        ),
        pytest.param(V4, {}, "permerror", [], id="no PTR record"),
        pytest.param(V6, {}, "permerror", [], id="no PTR record over IPv6"),
        pytest.param(V4, {V4: FAILS}, "temperror", [], id="the PTR lookup fails"),
        pytest.param(
            V4, {V4: ["absent.example", "b.example"], "b.example": [V4]}, "pass", ["b.example"],
            id="one name has no address, another leads back",
        ),
        pytest.param(
            V4, {V4: ["a.example", "b.example"], "a.example": [OTHER], "b.example": [V4]}, "pass",
            ["b.example"], id="one name leads elsewhere, another leads back",
        ),
        pytest.param(
            V4, {V4: ["a.example", "b.example"], "a.example": FAILS, "b.example": [V4]}, "pass",
            ["b.example"], id="one name fails, another leads back",
        ),
        pytest.param(
            V4, {V4: ["a.example", "b.example"], "a.example": FAILS, "b.example": FAILS},
            "temperror", [], id="all names fail",
        ),
        pytest.param(
            V4, {V4: ["a.example", "b.example"], "a.example": FAILS, "b.example": [OTHER]},
            "temperror", [], id="one name fails, the other leads elsewhere",
        ),
        pytest.param(
            V4, {V4: ["a.example"], "a.example": [OTHER]}, "fail", [], id="leads elsewhere"
        ),
        pytest.param(V4, {V4: ["a.example"]}, "fail", [], id="the name has no address"),
        pytest.param(
            V4, {V4: ["a.example"], "a.example": [V6]}, "fail", [], id="IPv4 with only AAAA"
        ),
        pytest.param(
            V6, {V6: ["a.example"], "a.example": [V4]}, "fail", [], id="IPv6 with only A"
        ),
        pytest.param(
            V4, {V4: ["a.example"], "a.example": [OTHER, V4]}, "pass", ["a.example"],
            id="several addresses, one is ours",
        ),
        pytest.param(
            V4, {V4: ELEVEN, "host11.example.org": [V4]}, "fail", [], id="only the eleventh"
        ),
        pytest.param(
            V4, {V4: ELEVEN, "host10.example.org": [V4]}, "pass", ["host10.example.org"],
            id="the tenth of eleven",
        ),
        pytest.param(
            V4, {V4: ["localhost", "a.example"], "a.example": [V4]}, "pass", ["a.example"],
            id="junk beside a good name",
        ),
    ],
)  # fmt: skip
def test_result(address, records, result, confirmed):
    seen = check(address, Zone(records))
    assert (seen.result, list(seen.confirmed)) == (result, confirmed)


@pytest.mark.parametrize(
    "name",
    ["localhost", "localhost.", ".", "kvmvps", "1.2.3.4", "192.0.2.10", "a.localhost",
     "localhost.localdomain", "10.2.0.192.in-addr.arpa", "x.ip6.arpa.", r"one\.label", "::1"],
)  # fmt: skip
def test_junk_never_confirms_and_is_never_asked_for(name):
    zone = Zone({V4: [name], name: [V4], name.rstrip("."): [V4]})
    seen = check(V4, zone)
    assert seen.result is IprevResult.FAIL
    assert (seen.names[0].result, zone.asked) == (NameResult.JUNK, [V4])
    assert "does not count" in seen.reason


OWN = "mx.company.example"


@pytest.mark.parametrize(
    ("leads_to", "own_addresses", "result"),
    [
        pytest.param([OTHER], (), NameResult.JUNK, id="a stranger who bears our name"),
        pytest.param([V4], (), NameResult.CONFIRMED, id="our own DNS vouches for the address"),
        pytest.param([OTHER], (V4,), NameResult.MISMATCH, id="the address is one of ours"),
        pytest.param(FAILS, (), NameResult.FAILED, id="our own DNS fails: no verdict"),
    ],
)
def test_own_name(leads_to, own_addresses, result):
    zone = Zone({V4: [OWN], OWN: leads_to})
    seen = check(V4, zone, own_names=["MX.Company.example."], own_addresses=own_addresses)
    assert seen.names[0].result is result


def test_rotation_never_changes_the_answer():
    names = [f"{letter}.example" for letter in "cab"]
    one = check(V4, Zone({V4: names, "c.example": [V4]}))
    two = check(V4, Zone({V4: names[::-1] * 2, "c.example": [V4]}))
    assert one == two
    assert [seen.name for seen in one.names] == ["a.example", "b.example", "c.example"]


def test_hundreds_of_names_are_ten_and_say_so():
    seen = check(V4, Zone({V4: [f"h{n}.example" for n in range(500)]}))
    assert (seen.truncated, len(seen.names), seen.queries) == (True, 10, 11)
    assert "more" in seen.reason


def test_asking_ends_at_the_first_confirmed_name():
    zone = Zone({V4: ["a.example", "b.example"], "a.example": [V4]})
    seen = check(V4, zone)
    assert zone.asked == [V4, "a.example 4"]
    assert [name.result for name in seen.names] == [NameResult.CONFIRMED, NameResult.NOT_ASKED]


def test_asking_goes_on_while_a_confirmed_name_is_not_enough():
    zone = Zone({V4: ["a.example", "b.example"], "a.example": [V4], "b.example": [V4]})
    seen = check(V4, zone, enough=lambda name: name == "b.example")
    assert seen.confirmed == ("a.example", "b.example")


def test_thousands_of_addresses_stay_a_small_result():
    crowd = [f"10.0.{n // 250}.{n % 250}" for n in range(3000)]
    seen = check(V4, Zone({V4: ["a.example"], "a.example": [*crowd, V4]}))
    assert seen.result is IprevResult.PASS
    assert len(seen.names[0].addresses) == 32
    assert V4 in seen.names[0].addresses


@pytest.mark.parametrize("text", ["", "bla", "1.2.3", "192.0.2.256", "192.0.2.1/24"])
def test_no_address_is_a_value_error(text):
    with pytest.raises(ValueError, match="address"):
        check(text, Zone({}))

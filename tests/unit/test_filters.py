# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter plugins: what they return, and the sentence for what they cannot read."""

import pytest
from ansible.errors import AnsibleFilterError

from filter_plugins.passing_families import passing_families
from filter_plugins.relay_plan import relay_plan
from filter_plugins.reverse_zones import reverse_zones
from filter_plugins.verdict_rows import verdict_rows


@pytest.mark.parametrize(
    ("network", "zones"),
    [
        ("203.0.113.0/24", ["113.0.203.in-addr.arpa"]),
        ("198.18.0.0/15", ["18.198.in-addr.arpa", "19.198.in-addr.arpa"]),
        ("192.0.2.128/30", [f"{n}.2.0.192.in-addr.arpa" for n in range(128, 132)]),
        ("192.0.2.7", ["7.2.0.192.in-addr.arpa"]),
        ("0.0.0.0/0", ["in-addr.arpa"]),
        ("2001:db8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa"]),
        ("2001:db8::/31", ["8.b.d.0.1.0.0.2.ip6.arpa", "9.b.d.0.1.0.0.2.ip6.arpa"]),
        ("::/0", ["ip6.arpa"]),
        ("2001:db8::1", ["1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"]),
    ],
)
def test_zones_cover_the_network_and_nothing_else(network, zones):
    assert reverse_zones([network]) == zones


def test_a_zone_is_named_once():
    assert reverse_zones(["192.0.2.0/24", "192.0.2.0/24"]) == ["2.0.192.in-addr.arpa"]


@pytest.mark.parametrize("wrong", ["203.0.113.1/24", "mx.example.org", 7, None])
def test_what_is_no_network_is_named(wrong):
    with pytest.raises(AnsibleFilterError, match=r"reverse_zones: found .*wanted networks such as"):
        reverse_zones([wrong])


def test_one_network_is_no_list():
    with pytest.raises(AnsibleFilterError, match="wanted a list"):
        reverse_zones("203.0.113.0/24")


def row(address, family, verdict, **more):
    """Return a row as own_ptr_info returns it."""
    base = {"address": address, "family": family, "verdict": verdict, "diagnosis": "ok"}
    return {**base, "names": [], "who": "Somebody", "ask": "Please help.", **more}


@pytest.mark.parametrize(
    ("rows", "families"),
    [
        ([("ipv4", "pass"), ("ipv6", "pass")], ["ipv4", "ipv6"]),
        ([("ipv6", "pass"), ("ipv4", "fail")], ["ipv6"]),
        ([("ipv4", "pass"), ("ipv4", "fail")], []),
        ([("ipv4", "unknown")], []),
        ([], []),
    ],
)
def test_a_family_passes_if_all_its_addresses_do(rows, families):
    assert passing_families([row("-", *one) for one in rows]) == families


@pytest.mark.parametrize(
    "wrong", ["text", [{"family": "ipv4"}], [{"family": "x", "verdict": "pass"}]]
)
def test_what_own_ptr_info_does_not_return_is_named(wrong):
    with pytest.raises(AnsibleFilterError, match="passing_families: found"):
        passing_families(wrong)


def test_rows_are_aligned_and_say_what_to_ask_for():
    name = {"name": "mx.example.org", "addresses": ["192.0.2.1"], "result": "confirmed"}
    bad = row("2001:db8::1", "ipv6", "fail", diagnosis="ipv6_without_ptr")
    assert verdict_rows([row("192.0.2.1", "ipv4", "pass", names=[name]), bad]) == [
        "192.0.2.1    pass  ok                mx.example.org -> 192.0.2.1",
        "2001:db8::1  fail  ipv6_without_ptr  -",
        "  Somebody: Please help.",
    ]


def test_a_name_cannot_break_the_line():
    name = {"name": "a\nb", "addresses": [], "result": "junk"}
    assert verdict_rows([row("192.0.2.1", "ipv4", "pass", names=[name])])[0].endswith("a?b -> junk")


@pytest.mark.parametrize("wrong", ["text", [{}], [7]])
def test_a_row_that_lacks_something_is_named(wrong):
    with pytest.raises(AnsibleFilterError, match="verdict_rows: found"):
        verdict_rows(wrong)


HOP = "[192.0.2.30]:25"


@pytest.mark.parametrize(
    ("said", "tables", "known", "recipients"),
    [
        pytest.param(HOP, False, "verify", [], id="next hop alone: it is asked"),
        pytest.param(HOP, True, "tables", [], id="next hop alone, tables know"),
        pytest.param({"next_hop": HOP}, False, "verify", [], id="mapping without recipients"),
        pytest.param({"next_hop": HOP, "recipients": "verify"}, True, "verify", [], id="asked"),
        pytest.param(
            {"next_hop": HOP, "recipients": ["Jane", "joe@example.org"]}, True, "list",
            ["jane@example.org", "joe@example.org"], id="list",
        ),
        pytest.param({"next_hop": HOP, "recipients": []}, True, "list", [], id="nobody"),
    ],
)  # fmt: skip
def test_a_domain_says_where_its_mail_goes_and_who_exists(said, tables, known, recipients):
    (row,) = relay_plan({"example.org": said}, tables)
    assert (row["next_hop"], row["known"], row["listed"]) == (HOP, known, recipients)
    always = ["postmaster@example.org", "abuse@example.org"]
    assert (row["recipients"], row["wrong"]) == (always + recipients, "")


@pytest.mark.parametrize(
    ("domain", "said", "words"),
    [
        ("example", HOP, '"example" is no domain'),
        ("Example.org", HOP, "write it in small letters"),
        ("example.org", "", 'gives the next hop ""; it must be the mailbox server'),
        ("example.org", None, 'gives the next hop ""'),
        ("example.org", {"next_hop": "a b"}, 'gives the next hop "a b"'),
        ("example.org", {"nexthop": HOP}, "says nexthop; allowed: next_hop and recipients"),
        ("example.org", {"next_hop": HOP, "recipients": "all"}, 'gives recipients "all"'),
        ("example.org", {"next_hop": HOP, "recipients": ["a b"]}, 'lists "a b"'),
        ("example.org", {"next_hop": HOP, "recipients": ["a@example.net"]}, "no address in it"),
    ],
)
def test_what_is_wrong_with_a_domain_is_said(domain, said, words):
    (row,) = relay_plan({domain: said}, False)
    assert words in row["wrong"]

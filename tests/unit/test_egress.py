# SPDX-License-Identifier: GPL-3.0-or-later
"""Where mail leaves from: declared, else the kernel's choice for each family."""

from ipaddress import ip_address

import pytest

from ptrgate.outbound.egress import egress, observe
from ptrgate.outbound.settings import BadSettings, Settings, load
from ptrgate.outbound.verdict import Family

ROUTES = {Family.IPV4: "192.0.2.1", Family.IPV6: "2001:db8::1"}


def seen(declared, look=ROUTES.get):
    return [(e.address, e.family.value, e.source) for e in egress(declared, look=look)]


@pytest.mark.parametrize(
    ("declared", "look", "addresses"),
    [
        pytest.param([], ROUTES.get, ["192.0.2.1", "2001:db8::1"], id="nothing declared"),
        pytest.param(["192.0.2.7"], ROUTES.get, ["192.0.2.7", "2001:db8::1"], id="one family"),
        pytest.param(["192.0.2.7"], None, ["192.0.2.7"], id="the declaration alone"),
        pytest.param(["192.0.2.7", "192.0.2.7"], None, ["192.0.2.7"], id="twice"),
        pytest.param(["::ffff:192.0.2.7"], None, ["192.0.2.7"], id="mapped"),
        pytest.param(["2001:DB8:0::7"], None, ["2001:db8::7"], id="canonical"),
        pytest.param([], {}.get, [], id="no route at all"),
    ],
)
def test_addresses(declared, look, addresses):
    assert [address for address, _family, _source in seen(declared, look)] == addresses


def test_the_source_is_told():
    assert seen(["192.0.2.7"]) == [
        ("192.0.2.7", "ipv4", "declared"),
        ("2001:db8::1", "ipv6", "observed"),
    ]


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match=r"mx\.example\.org"):
        egress(["mx.example.org"])


def test_the_kernel_is_asked_without_a_packet():
    assert observe(Family.IPV4) is None or "." in str(observe(Family.IPV4))


def test_settings_have_defaults():
    assert load("", source="gate.toml") == Settings()


def test_settings_are_read():
    text = 'egress_addresses = ["192.0.2.7"]\nsmarthost = "[r.example]:587"\ninterval = 5\n'
    assert load(text, source="x") == Settings((ip_address("192.0.2.7"),), (), "[r.example]:587", 5)


def test_all_problems_are_told_at_once():
    with pytest.raises(BadSettings) as caught:
        load('egress_addresses = ["mx"]\nsmart = 1\ninterval = 0\n', source="gate.toml")
    assert str(caught.value).count("gate.toml: ") == 3


@pytest.mark.parametrize("hop", ["a b", "a\\nb", "$relayhost", "#"])
def test_a_smarthost_cannot_write_the_table(hop):
    with pytest.raises(BadSettings, match="smarthost"):
        load(f'smarthost = "{hop}"', source="x")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where mail leaves from: declared, else the kernel's choice for each family."""

import socketserver
import threading
from ipaddress import ip_address

import pytest

from ptrgate.outbound.binding import leaving
from ptrgate.outbound.egress import egress, observe
from ptrgate.outbound.peer import seen_by
from ptrgate.outbound.settings import BadSettings, Settings, load
from ptrgate.outbound.verdict import Family

ROUTES = {Family.IPV4: ["192.0.2.1"], Family.IPV6: ["2001:db8::1"]}


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
        pytest.param([], lambda _family: [], [], id="no route at all"),
        pytest.param(
            [],
            {Family.IPV4: ["192.0.2.1", "192.0.2.2"], Family.IPV6: []}.get,
            ["192.0.2.1", "192.0.2.2"],
            id="two routes",
        ),
    ],
)
def test_addresses(declared, look, addresses):
    assert [address for address, _family, _source in seen(declared, look)] == addresses


def test_the_source_is_told():
    assert seen(["192.0.2.7"]) == [
        ("192.0.2.7", "ipv4", "declared"),
        ("2001:db8::1", "ipv6", "observed"),
    ]


class Settled:
    """A Postfix with these parameters."""

    def __init__(self, said):
        self.said = {"inet_protocols": "all", "inet_interfaces": "all", **said}

    def parameter(self, name):
        return self.said.get(name, "")


@pytest.mark.parametrize(
    ("said", "family", "addresses"),
    [
        ({"smtp_bind_address": "192.0.2.7"}, Family.IPV4, ("192.0.2.7",)),
        ({"smtp_bind_address6": "2001:db8::7"}, Family.IPV6, ("2001:db8::7",)),
        ({"inet_interfaces": "192.0.2.8, [2001:db8::8]"}, Family.IPV4, ("192.0.2.8",)),
        ({"inet_interfaces": "192.0.2.8, [2001:db8::8]"}, Family.IPV6, ("2001:db8::8",)),
        ({"inet_interfaces": "192.0.2.8 127.0.0.1"}, Family.IPV4, observe(Family.IPV4)),
        ({"inet_interfaces": "loopback-only"}, Family.IPV4, observe(Family.IPV4)),
        ({"inet_protocols": "ipv4"}, Family.IPV6, ()),
        ({"smtp_bind_address": "$myhostname"}, Family.IPV4, observe(Family.IPV4)),
    ],
)
def test_postfix_binds_before_the_kernel_chooses(said, family, addresses):
    assert leaving(Settled(said))(family) == addresses


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match=r"mx\.example\.org"):
        egress(["mx.example.org"])


def test_the_kernel_is_asked_without_a_packet():
    assert all(ip_address(one).version == 4 for one in observe(Family.IPV4))


def test_settings_have_defaults():
    assert load("", source="gate.toml") == Settings()


def test_settings_are_read():
    text = 'egress_addresses = ["192.0.2.7"]\nsmarthost = "[r.example]:587"\ninterval = 5\n'
    assert load(text, source="x") == Settings((ip_address("192.0.2.7"),), (), "[r.example]:587", 5)


def test_all_problems_are_told_at_once():
    with pytest.raises(BadSettings) as caught:
        load('egress_addresses = ["mx"]\nsmart = 1\ninterval = 0\n', source="gate.toml")
    assert str(caught.value).count("gate.toml: ") == 3


@pytest.mark.parametrize(
    "hop",
    [
        *("a b", "a\\nb", "$relayhost", "#", "r.example", "r.example:587", "[r.example", "[]"),
        *("[r.example]:0", "[r.example]:70000", "[r.example]:", "[r.example]587", "[r_x]:25"),
    ],
)
def test_a_smarthost_cannot_be_mistaken(hop):
    with pytest.raises(BadSettings, match="in brackets such as"):
        load(f'smarthost = "{hop}"', source="x")


@pytest.mark.parametrize("hop", ["[r.example]", "[192.0.2.1]:587", "[2001:db8::1]:465", ""])
def test_a_smarthost_is_a_host_and_perhaps_a_port(hop):
    assert load(f'smarthost = "{hop}"', source="x").smarthost == hop


@pytest.mark.parametrize("mailbox", ["ops", "a b@example.org", "-x", "a@b@c.example", "a@[::1]"])
def test_a_mailbox_cannot_write_a_command(mailbox):
    with pytest.raises(BadSettings, match="it should be a mail address"):
        load(f'notify = "{mailbox}"', source="x")


class Telling(socketserver.StreamRequestHandler):
    """A mail server that says what its server's ``replies`` say, one for each command."""

    def handle(self):
        for reply in self.server.replies:
            self.wfile.write(reply.encode() + b"\r\n")
            self.rfile.readline()


@pytest.mark.parametrize(
    ("replies", "address"),
    [
        pytest.param(
            ["220 mx ESMTP Exim", "250 mx Hello host [192.0.2.25]", "500 what?"],
            "192.0.2.25",
            id="Exim, in its answer to EHLO",
        ),
        pytest.param(
            ["220 mx ESMTP Postfix", "250 mx", "502 5.5.2 Error. You are 192.0.2.25."],
            "192.0.2.25",
            id="Postfix, with a footer",
        ),
        pytest.param(["220 mx", "250-127.0.0.1\r\n250 SIZE 10", "500 no"], None, id="neither"),
        pytest.param(["220 mx", "250 mx Hello [2001:db8::1]", "500 no"], None, id="other family"),
        pytest.param(["421 go away"], None, id="it does not talk to us"),
    ],
)
def test_what_a_peer_saw(replies, address):
    with socketserver.TCPServer(("127.0.0.1", 0), Telling) as server:
        server.replies = replies
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        found = seen_by(ip_address("127.0.0.1"), port=server.server_address[1], seconds=2)
        thread.join()
    assert found == address


def test_what_a_peer_saw_counts_besides_the_declared_and_instead_of_the_route(monkeypatch):
    monkeypatch.setattr("ptrgate.outbound.egress.seen_by", lambda _peer: "192.0.2.9")
    peers = [ip_address("192.0.2.1")]
    for declared, wanted in [
        (["192.0.2.7"], [("192.0.2.7", "declared"), ("192.0.2.9", "seen")]),
        (["192.0.2.9"], [("192.0.2.9", "declared")]),
        ([], [("192.0.2.9", "seen")]),
    ]:
        found = egress(declared, look={Family.IPV4: ["10.0.0.1"], Family.IPV6: []}.get, peers=peers)
        assert [(one.address, one.source) for one in found] == wanted

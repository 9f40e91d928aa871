# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at an address for the page: what is seen, what is forgotten, and what is never done."""

import json
import socket
import threading
from ipaddress import ip_address

import pytest

from ptrgate.judge.addresses import parse, why_not_asked
from ptrgate.judge.answers import Answer, AnswerStatus
from ptrgate.judge.terms import Policy
from ptrgate.judge.words import Diagnosis
from ptrgate.lookup.fence import OutsideOnly
from ptrgate.lookup.walker import Walker
from ptrgate.recheck.around import around
from ptrgate.recheck.desk import ALL_LOOKS, LOOKS, Desk
from ptrgate.recheck.look import Means, glance, look
from ptrgate.recheck.memory import forget
from ptrgate.recheck.told import facts
from ptrgate.shared.limits import Limits, network_of
from tests.unit.tree import ROOT, standing
from tests.unit.world import WORLD

NAME = "mx.example"


@pytest.fixture(scope="module")
def port():
    with standing(WORLD) as port:
        yield port


class Resolver:
    """Our resolver: ``pointers`` are its PTR answers, one after the other; the name leads home."""

    def __init__(self, *pointers):
        self.answers, self.asked = list(pointers), 0

    def pointers(self, address):
        self.asked += 1
        self.home = str(address)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def addresses(self, _name, _version):
        return Answer(AnswerStatus.OK, (self.home,), ttl=200)


NAMED = Answer(AnswerStatus.OK, (NAME,), ttl=120)
NAMELESS = Answer(AnswerStatus.NXDOMAIN, ttl=41)
FAILED = Answer(AnswerStatus.FAILED, reason="SERVFAIL")


class Bench:
    """A look with a world of its own; what was forgotten and waited for is written down."""

    def __init__(self, port, *pointers, forgets=True):
        self.resolver, self.forgotten, self.waited = Resolver(*pointers), [], 0.0
        self.port, self.forgets = port, forgets

    def means(self):
        roots = [(ROOT, self.port)]
        return Means(
            Policy.default(),
            lambda: Walker(roots, try_seconds=0.5) if self.port else None,
            lambda: self.resolver,
            self.forget,
            lambda: 1_800_000_000.0,
            self.wait,
        )

    def look(self, address, asked=""):
        return look(address, asked, self.means())

    def forget(self, names):
        self.forgotten += names
        return self.forgets

    def wait(self, seconds):
        self.waited += seconds


@pytest.mark.parametrize(
    ("says", "address", "pointers", "after"),
    [
        ("both see the name", "192.0.2.25", [NAMED], 0),
        ("our resolver forgets, and sees it", "192.0.2.25", [NAMELESS, NAMED], 0),
        ("it does not: until then", "192.0.2.25", [NAMELESS, NAMELESS], 41 + 3),
        ("our resolver fails: nobody knows when", "192.0.2.25", [FAILED, FAILED], None),
        ("nobody sees one", "192.0.2.250", [NAMELESS], None),
        ("only an old memory does", "192.0.2.250", [NAMED], None),
        ("the world cannot be heard, our resolver can", "192.0.2.29", [NAMED], 0),
        ("nobody can be heard", "192.0.2.29", [FAILED], None),
    ],
)
def test_accepted_from_when(port, says, address, pointers, after):
    seen = Bench(port, *pointers).look(address)
    assert seen.accepted == (None if after is None else seen.at + after), says


def test_without_root_servers_our_resolver_is_believed():
    assert Bench(None, NAMED).look("192.0.2.25").found.diagnosis is Diagnosis.OK


def test_what_is_forgotten_is_the_way_to_the_record_and_no_zone_above(port):
    bench = Bench(port, NAMELESS, NAMED)
    bench.look("192.0.2.65")
    assert bench.forgotten == [
        "65.2.0.192.in-addr.arpa",
        "65.64-27.2.0.192.in-addr.arpa",
        "64-27.2.0.192.in-addr.arpa",
        "mx.example",
    ]
    assert bench.waited == 3


def test_nothing_is_forgotten_where_nothing_is_mended(port):
    bench = Bench(port, NAMELESS)
    bench.look("192.0.2.250")
    assert (bench.forgotten, bench.waited) == ([], 0)


@pytest.mark.parametrize(
    ("asked", "diagnosis"),
    [
        ("", Diagnosis.NO_PTR),
        ("company.example", Diagnosis.PTR_NOT_DELEGATED),
        ("mx.company.example.", Diagnosis.PTR_NOT_DELEGATED),
        ("own.nic.example", Diagnosis.PTR_NOT_DELEGATED),
        ("127.0.0.104", Diagnosis.PTR_NOT_DELEGATED),
        ("lame.nic.example", Diagnosis.NO_PTR),
        ("no-such.example", Diagnosis.NO_PTR),
        ("no-such", Diagnosis.NO_PTR),
    ],
)
def test_the_visitors_own_server_explains_the_trap(port, asked, diagnosis):
    assert Bench(port, NAMELESS).look("192.0.2.200", asked).found.diagnosis is diagnosis


def test_told_to_people_and_programs(port):
    told = facts(Bench(port, NAMELESS).look("192.0.2.250"))
    assert told["finding"] == "no_ptr"
    assert told["zone"] == "2.0.192.in-addr.arpa"
    assert told["contact"] == "dns.team@isp.example"
    assert told["nameservers"] == ["isp.nic.example"]
    assert [step["zone"] for step in told["delegation"]][-1] == "2.0.192.in-addr.arpa"
    assert told["resolver"] == {
        "finding": "no_ptr",
        "reason": "192.0.2.250 has no PTR record",
        "seconds": 41,
        "forgot": False,
    }
    assert told["records"] == ["250.2.0.192.in-addr.arpa. PTR <the name of our mail server>"]
    assert "To: dns.team@isp.example" in told["letter"]
    assert json.loads(json.dumps(told)) == told


HOSTILE = ["<script>alert(1)</script>.example", "\u202egpj.example", "a" * 255, "x\r\ny.example"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_strangers_are_plain_text(name):
    told = facts(Bench(None, Answer(AnswerStatus.OK, (name,), ttl=9)).look("192.0.2.9"))
    text = "".join(one["name"] for one in told["names"]) + told["reason"] + told["meaning"]
    assert all(" " <= character <= "~" for character in text)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    ],
)  # fmt: skip
def test_no_strangers_word_leads_inside(host):
    assert why_not_asked(parse(host))
    with pytest.raises(PermissionError):
        OutsideOnly()((host, 53), socket.SOCK_DGRAM, 1.0)


@pytest.mark.parametrize("port", [1, 25, 80, 5353])
def test_nor_to_another_port(port):
    with pytest.raises(PermissionError):
        OutsideOnly()(("192.0.2.1", port), socket.SOCK_DGRAM, 1.0)


def test_public_addresses_are_outside():
    assert [why_not_asked(parse(host)) for host in ("192.0.2.1", "2001:db8::1", "8.8.8.8")] == [
        "",
        "",
        "",
    ]


class Orders:
    """Unbound's ear: takes one order a connection and says ``ok``."""

    def __init__(self, path, says=b"ok\n"):
        self.heard, self.says = [], says
        self.ear = socket.socket(socket.AF_UNIX)
        self.ear.bind(str(path))
        self.ear.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.ear.accept()
            with client:
                self.heard.append(client.recv(4096))
                client.sendall(self.says)


def test_orders_are_plain_names_alone(tmp_path):
    unbound = Orders(tmp_path / "control")
    names = ["mx.example", "64/27.2.0.192.in-addr.arpa", "x\nstop", "a b", "\\255.example", "é.fr"]
    assert forget(names, tmp_path / "control")
    assert unbound.heard == [
        b"UBCT1 flush mx.example\n",
        b"UBCT1 flush 64/27.2.0.192.in-addr.arpa\n",
    ]


def test_an_order_that_was_refused_or_not_heard_is_no_forgetting(tmp_path):
    Orders(tmp_path / "deaf", says=b"error unknown command\n")
    assert not forget(["mx.example"], tmp_path / "deaf")
    assert not forget(["mx.example"], tmp_path / "nobody")


def test_a_network_waits_and_everybody_waits():
    now = [0.0]
    limits = Limits(LOOKS, ALL_LOOKS, lambda: now[0])

    def wait(address):
        return limits.wait(network_of(address))

    assert [wait("192.0.2.1") for _ in range(6)] == [0] * 6
    assert wait("192.0.2.99") == 10
    assert wait("198.51.100.1") == 0
    now[0] += 10
    assert wait("192.0.2.1") == 0
    crowd = [wait(f"10.{number}.0.1") for number in range(40)]
    assert crowd[:29] == [0] * 29
    assert all(crowd[30:])


def test_limits_are_bounded_in_memory():
    limits = Limits(LOOKS, ALL_LOOKS, lambda: 0.0)
    for number in range(5000):
        limits.wait(str(ip_address(number << 8)))
    assert len(limits._names) <= 4096


def told_at_desk(request):
    noted = []
    desk = Desk(
        lambda address, server: {"address": address, "diagnosis": server, "accepted": None},
        lambda address: [{"address": address}],
        lambda address: {"address": address, "glance": True},
        noted.append,
    )
    answer = request if isinstance(request, bytes) else json.dumps(request).encode()
    return desk.answer(answer), noted


@pytest.mark.parametrize(
    "request_",
    [
        b"", b"\n", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 1000,
        {}, {"address": None}, {"address": 7}, {"address": "x"}, {"address": "192.0.2.1/24"},
        {"address": "127.0.0.1"}, {"address": "10.0.0.1"}, {"address": "::1"},
        {"address": "::ffff:192.168.0.1"}, {"address": "224.0.0.1"},
        {"address": "192.0.2.1", "server": "10.0.0.1"},
        {"address": "192.0.2.1", "server": "localhost"},
        {"address": "192.0.2.1", "server": "a" * 300},
        {"address": "192.0.2.1", "server": ["x"]},
        {"address": "192.0.2.1", "server": 5},
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_answered(request_):
    told, noted = told_at_desk(request_)
    assert list(told) == ["error"]
    assert noted == []


def test_a_look_is_noted_on_one_line():
    told, noted = told_at_desk({"address": "192.0.2.1", "server": "example.org"})
    assert told["seen"]["address"] == "192.0.2.1"
    assert noted == ["recheck address=192.0.2.1 diagnosis=example.org accepted=None"]


def test_a_glance_is_our_resolvers_word_alone_and_no_line():
    told, noted = told_at_desk({"address": "192.0.2.1", "glance": True})
    assert (told["seen"]["glance"], noted) == (True, [])
    bench = Bench(None, NAMELESS)
    seen = glance("192.0.2.1", bench.means())
    assert (seen.found.diagnosis, bench.forgotten, bench.waited) == (Diagnosis.NO_PTR, [], 0)


def test_the_range_is_eight_addresses():
    rows = around("192.0.2.13", lambda: Resolver(NAMELESS), Policy.default())
    assert [row["address"] for row in rows] == [f"192.0.2.{last}" for last in range(8, 16)]
    assert {row["finding"] for row in rows} == {"no_ptr"}
    assert len(around("2001:db8::1", lambda: Resolver(NAMED), Policy.default())) == 8

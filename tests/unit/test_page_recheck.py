# SPDX-License-Identifier: GPL-3.0-or-later
"""The live check on the page: what is said of each outcome, and what strangers can put there."""

import json
import socket
import threading

import pytest

from ptrgate.diagnosis.providers import PROVIDERS, provider_of
from ptrgate.judge.token import Notice, mint
from ptrgate.judge.words import Action, Finding
from ptrgate.page.asking import Asking
from tests.unit.desk import ADDRESS, NAMED, FakeDesk, seen
from tests.unit.page import KEYS, Reader, client

MINUTE = 29_731_000
TOKEN = mint(Notice(MINUTE, Finding.NO_PTR, Action.REFUSE, ADDRESS), KEYS)
PAGE = f"/r/{TOKEN}"
VISITOR = {"X-Real-IP": "203.0.113.77"}


def browser(told, **how):
    desk = FakeDesk(told)
    return client(ask=desk, **how), desk


def shown(told, path=f"{PAGE}?check=1", **headers):
    found = browser(told)[0].get(path, headers=headers)
    return Reader(found.text)


FORGED = {
    "finding": "forged",
    "iprev": "fail",
    "diagnosis": "forward_mismatch",
    "names": [{"name": "mx.example", "addresses": ["192.0.2.99"], "result": "mismatch"}],
}


@pytest.mark.parametrize(
    ("says", "told", "words"),
    [
        ("passes", seen(**NAMED), "takes mail from 198.51.100.7 from now on"),
        ("and elsewhere", seen(**NAMED), "do so from 12:43 UTC at the latest"),
        ("the resolver forgot", seen(**NAMED), "has been told to forget"),
        ("how to send at once", seen(**NAMED), "postqueue -i QUEUE-ID"),
        (
            "soon",
            seen(**NAMED | {"now": False, "accepted": "2026-07-12T12:42:14Z"}),
            "from 12:43 UTC at the latest",
        ),
        ("not yet", seen(), "Not yet. No reverse DNS name."),
        (
            "how long the old is kept",
            seen(),
            "still keeps the old answer (“no name”) for 41 seconds",
        ),
        ("whose it is", seen(), "The contact that this zone names is hostmaster@isp.example."),
        ("where the world asks", seen(), "ns1.your-server.de"),
        ("where it is set", seen(), "Where this is set at Hetzner"),
        ("whom to write to", seen(), "To: hostmaster@isp.example Subject: Reverse DNS"),
        ("another address", seen(**FORGED), "192.0.2.99, asked for mx.example: fails"),
        (
            "nobody knows",
            seen(finding="dns_failure", diagnosis="dns_failure", reason="no answer"),
            "It cannot be told.",
        ),
        (
            "only an old memory",
            seen(resolver={"finding": "ok", "reason": "", "seconds": None, "forgot": False}),
            "Not for long.",
        ),
        (
            "right, but not for a resolver that validates",
            seen(**NAMED | {"accepted": None, "now": False}),
            "Often that is the zone\N{RIGHT SINGLE QUOTATION MARK}s DNSSEC",
        ),
        (
            "an alias",
            seen(aliases=["7.0-31.100.51.198.in-addr.arpa"]),
            "7.100.51.198.in-addr.arpa is an alias (CNAME) of 7.0-31.100.51.198.in-addr.arpa",
        ),
        ("too often", {"wait": 7}, "try again in 7 seconds"),
        ("too many", {"wait": 0}, "Too many checks"),
        ("nobody there", {"error": "away"}, "away for a moment"),
        ("another release there", {"seen": {"address": ADDRESS}}, "away for a moment"),
        ("a wrong server", {"error": "x is no domain"}, "This cannot be checked."),
    ],
)
def test_what_is_said(says, told, words):
    assert words in shown(told).words, says


@pytest.mark.parametrize(("told", "are_there"), [(seen(), True), (seen(**NAMED), False)])
def test_who_must_act_is_said_until_it_is_right(told, are_there):
    assert ({"who", "steps"} <= set(shown(told).ids)) is are_there


@pytest.mark.parametrize(
    ("told", "status"), [({"wait": 7}, 429), ({"wait": 0}, 429), (seen(), 200)]
)
def test_status(told, status):
    assert browser(told)[0].get(f"{PAGE}?check=1").status_code == status


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}?check=", f"{PAGE}?around=", "/", "/no_ptr", "/r/x?check=1"]
)
def test_nothing_is_asked_unasked(path):
    page, desk = browser(seen())
    page.get(path, headers=VISITOR)
    assert desk.asked == []


@pytest.mark.parametrize(
    ("says", "told", "words"),
    [
        (
            "its name, and where that leads",
            seen(**FORGED),
            "192.0.2.99, asked for mx.example: fails",
        ),
        ("how old that may be", seen(**FORGED), "may be some minutes old"),
        ("it looks right by now", seen(**NAMED), "it looks right"),
        (
            "what failed is no answer",
            seen(finding="dns_failure"),
            "The name is not part of the link",
        ),
        ("nor is nobody there", {"error": "away"}, "shows what DNS says now"),
        ("nor another release", {"seen": {"finding": "ok"}}, "shows what DNS says now"),
    ],
)
def test_a_refusals_page_shows_what_our_resolver_sees(says, told, words):
    page, desk = browser(told)
    token = mint(Notice(MINUTE, Finding.FORGED, Action.REFUSE, ADDRESS), KEYS)
    assert words in Reader(page.get(f"/r/{token}").text).words, says
    assert (desk.glanced, desk.asked) == ([ADDRESS], [])


@pytest.mark.parametrize(
    ("finding", "until"), [(Finding.NO_PTR, "12:43"), (Finding.FORGED, "12:47")]
)
def test_a_help_host_of_its_own_promises_what_the_others_keep(finding, until):
    page, _ = browser(seen(**NAMED), more="apart = true\n")
    token = mint(Notice(MINUTE, finding, Action.REFUSE, ADDRESS), KEYS)
    said = Reader(page.get(f"/r/{token}?check=1").text).words
    assert f"from {until} UTC at the latest" in said
    assert "from now on" not in said


def test_a_token_asks_about_its_own_address_alone():
    page, desk = browser(seen())
    page.get(f"{PAGE}?check=1&address=192.0.2.1&server=example.org", headers=VISITOR)
    assert desk.asked == [(ADDRESS, "example.org", False)]


def test_a_visitor_asks_about_himself_alone():
    page, desk = browser(seen(**NAMED))
    found = page.get("/?check=1&server=example.org", headers=VISITOR)
    assert desk.asked == [("203.0.113.77", "", False)]
    assert "has a name that leads back to it" in Reader(found.text).words
    assert found.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("visitor", ["", "unknown", "127.0.0.1", "10.0.0.1", "1.2.3.4, 5.6.7.8"])
def test_a_visitor_without_a_public_address_asks_nothing(visitor):
    page, desk = browser(seen())
    assert page.get("/?check=1", headers={"X-Real-IP": visitor}).status_code == 200
    assert desk.asked == []


SEVERAL = FORGED | {
    "names": [
        {"name": "mx.example", "addresses": ["192.0.2.99"], "result": "mismatch"},
        {"name": "old.example", "addresses": [], "result": "no_address"},
    ]
}


@pytest.mark.parametrize("question", ["", "?check=1"])
def test_all_names_are_shown_and_where_each_leads(question):
    page = shown(seen(**SEVERAL), f"{PAGE}{question}")
    assert "mx.example \N{RIGHTWARDS ARROW} 192.0.2.99" in page.words
    assert "old.example \N{RIGHTWARDS ARROW} no address" in page.words


def test_who_has_no_name_over_ipv6_may_send_over_ipv4():
    token = mint(Notice(MINUTE, Finding.NO_PTR, Action.DEFER, "2001:db8::7"), KEYS)
    page, words = browser(seen())[0], "if the server has an IPv4 address with a name"
    assert words in Reader(page.get(f"/r/{token}").text).words
    assert words not in Reader(page.get(PAGE).text).words


def test_the_range_is_a_table():
    rows = {"range": [{"address": ADDRESS, "finding": "no_ptr", "name": ""}]}
    page = shown(rows, f"{PAGE}?around=1")
    assert "198.51.100.7 no name \N{EN DASH}" in page.words


HOSTILE = [
    "<script>alert(1)</script>.example",
    '"onmouseover=alert(1).example',
    "[press](https://evil.example).example",
    "`**x**`{address}{0}.example",
    "a" * 255,
    "\u202egpj.example",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_strangers_stay_text(name):
    told = seen(
        **FORGED | {"names": [{"name": name, "addresses": ["192.0.2.9"], "result": "mismatch"}]},
        zone=name,
        contact=name,
        records=[name],
        aliases=[name, name],
        nameservers=[name],
        delegation=[{"zone": name, "nameservers": [name]}],
        held=[{"server": name, "zone": name, "names": [name], "owner": name}],
        answers=[
            {"server": name, "address": "", "question": name, "reply": name, "values": [name]}
        ],
    )
    page = shown(told)  # the reader refuses event handlers and elements left open
    assert not page.tags.keys() & {"script"}
    assert not [link for link in page.links if "evil" in link]


@pytest.mark.parametrize(
    "server",
    ["<script>", '"><script>alert(1)</script>', "a" * 5000, "x\r\nSet-Cookie: a=b", "\x00"],
)
def test_what_a_visitor_types_stays_in_its_field(server):
    page, _ = browser({"error": "no"})
    found = page.get(PAGE, query_string={"check": "1", "server": server})
    assert found.status_code == 200
    assert "Set-Cookie" not in found.headers
    assert not Reader(found.text).tags.keys() & {"script"}


@pytest.mark.parametrize("told", [seen(), seen(**NAMED), {"wait": 3}, {"range": []}])
def test_every_checked_page_is_whole(told):
    page = shown(told)
    assert page.tags["h1"] == 1
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


class Answering:
    """A desk at a socket that says whatever it is given, octet for octet."""

    def __init__(self, path, says):
        self.ear = socket.socket(socket.AF_UNIX)
        self.ear.bind(str(path))
        self.ear.listen()
        self.says, self.heard = says, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.ear.accept()
            with client:
                self.heard.append(client.recv(4096))
                client.sendall(self.says)


def test_asking_is_one_line_and_one_object(tmp_path):
    desk = Answering(tmp_path / "desk", b'{"wait": 3}')
    assert Asking(str(tmp_path / "desk"))(ADDRESS, "é\nx") == {"wait": 3}
    asked = {"address": ADDRESS, "server": "é\nx", "range": False, "glance": False}
    assert json.loads(desk.heard[0]) == asked
    assert desk.heard[0].count(b"\n") == 1


@pytest.mark.parametrize("says", [b"", b"{", b"[]", b"7", b"\xff"])
def test_a_desk_that_babbles_is_away(tmp_path, says):
    Answering(tmp_path / "desk", says)
    assert Asking(str(tmp_path / "desk"))(ADDRESS) == {"error": "away"}


def test_nobody_at_the_desk_is_away(tmp_path):
    assert Asking(str(tmp_path / "none"))(ADDRESS) == {"error": "away"}


def test_few_ask_at_once(tmp_path):
    asking = Asking(str(tmp_path / "none"))
    taken = [asking._free.acquire(blocking=False) for _ in range(7)]
    assert taken == [True] * 6 + [False]
    assert asking(ADDRESS) == {"wait": 0}


@pytest.mark.parametrize(
    ("nameservers", "name"),
    [
        (["ns1.your-server.de"], "Hetzner"),
        (["ns1.not-your-server.de"], None),
        ([], None),
        (["x1.amazonaws.com", "x2.amazonaws.com"], "Amazon Web Services"),
        (["NS1-205.Azure-DNS.com"], "Microsoft Azure"),
        (["ns.example", "pns.dtag.de"], "Deutsche Telekom"),
        (["ns2-rev.proxad.net"], "Free"),
        (["ns1.unknown.example", "ns2.unknown.example"], None),
    ],
)
def test_providers_are_found_by_who_serves_the_zone(nameservers, name):
    found = provider_of(nameservers)
    assert (found.name if found else None) == name


def test_no_two_providers_have_one_name_server_and_none_has_a_link():
    suffixes = [suffix for provider in PROVIDERS for suffix in provider.nameservers]
    assert len(suffixes) == len(set(suffixes))
    assert suffixes == [suffix.lower() for suffix in suffixes]
    assert all(provider.where.endswith(".") for provider in PROVIDERS)
    assert not [provider for provider in PROVIDERS if "http" in provider.where]


def test_the_operators_own_rows_come_first():
    row = '[[providers]]\nname = "Ours"\nnameservers = ["your-server.de"]\nwhere = "Ring."\n'
    found = browser(seen(), more=row)[0].get(f"{PAGE}?check=1")
    assert "Where this is set at Ours" in Reader(found.text).words

# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of lines and names of servers."""

import time

import pytest

from bench.accuracy.table import known_good
from ptrgate.judge.dynamic import classify, hits
from ptrgate.judge.terms import Naming
from ptrgate.judge.words import Point

NIBBLES = "6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"
LINES = f"""
188.34.255.136 dsl-188-34-255-136.asretelecom.net
76.121.96.159 c-76-121-96-159.hsd1.wa.comcast.net
109.168.232.131 host-109-168-232-131.stv.ru
62.198.236.129 0x3ec6ec81.inet.dsl.telianet.dk
24.210.34.53 dhcp024-210-034-053.columbus.rr.com
80.201.67.74 74.67-201-80.adsl.skynet.be
24.201.28.90 modemcable090.28-201-24.mc.videotron.ca
64.53.171.35 d53-64-35-171.nap.wideopenwest.com
217.228.248.159 pD9E4F89F.dip.t-dialin.net
24.190.26.175 ool-18be1aaf.dyn.optonline.net
219.173.0.34 YahooBB219173000034.bbtec.net
62.251.8.83 fia83-8.dsl.hccnet.nl
198.51.100.7 dsl-7.isp.example
198.51.100.7 dhcp7.isp.example
2001:db8::7 2001-db8--7.dyn.isp.example
2001:db8:1:2:3:4:5:6 {NIBBLES}.ip6.isp.example
2001:db8:1:2:211:22ff:fe33:4455 host-001122334455.isp.example
198.51.100.7 7.100.51.198.isp.example
198.51.100.7 host-51-198-100-7.isp.example
198.51.100.7 ip3325256711.isp.example
198.51.100.7 c633-6407-host.isp.example
198.51.100.7 1izrshz.isp.example
198.51.100.7 u6407.pppool.example
198.51.100.7 abc7.kabel.isp.example
198.51.100.7 h0002a5d76857.client2.isp.example
198.51.100.7 localhost
2001:569:7000:1234:1:2:3:4 node-1w7jr9qg5nm5ufty71f443u9w.ipv6.isp.example
2001:db8:1:2:3:4:5:6 2001-db8-1-2-3-4-5-6.fixed6.isp.example
2001:db8:1:2:3:4:5:6 dynamic-2001-0db8-0001-0002-0003-0004-0005-0006.isp.example
198.51.100.7 7.100.51.198.in-addr.arpa
""".strip().splitlines()

SERVERS = """
66.128.51.165 mail.theartfarm.com
76.121.96.159 c-76-121-96-159.business.wa.comcast.net
74.125.82.182 mail-we0-f182.google.com
123.58.178.17 m17-178.vip.126.com
8.8.8.8 dns.google
1.2.3.4 mail1and2.example
69.60.99.112 post3.fabulousdealz.com
54.240.85.218 a85-218.smtp-out.us-west-2.amazonses.com
1.2.3.4 o1-2-3-4.outbound-mail.sendgrid.net
66.220.144.146 66-220-144-146.mail-mail.facebook.com
203.205.221.190 out203-205-221-190.mail.qq.com
1.2.3.4 static.1.2.3.4.clients.your-server.de
1.2.3.4 ec2-1-2-3-4.compute.amazonaws.com
192.0.2.1 mx.example.org
192.0.2.1 .
192.0.2.1 nas2.example.org
192.0.2.1 speedy.example.org
192.0.2.1 home3.example.org
198.51.100.77 pool1.ntp.example.org
""".strip().splitlines()


# how the name writes the address, the name, the address, and what is found
SIX, CARD = "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:211:22ff:fe33:4455"
ENCODINGS = [
    ("decimal", "host-198-51-100-7.isp.example", "198.51.100.7", "whole"),
    ("with dots", "198.51.100.7.isp.example", "198.51.100.7", "whole"),
    ("with letters between", "h198s51x100y7.isp.example", "198.51.100.7", "whole"),
    ("over several labels", "7.host-100.net51.198.isp.example", "198.51.100.7", "whole"),
    ("zero-padded", "host-198-051-100-007.isp.example", "198.51.100.7", "whole"),
    ("as octal would look", "h0198-0051-0100-0007.isp.example", "198.51.100.7", "whole"),
    ("reversed", "7-100-51-198.isp.example", "198.51.100.7", "whole"),
    ("shuffled", "100-7-198-51.isp.example", "198.51.100.7", "whole"),
    ("three octets", "51-100-7.isp.example", "198.51.100.7", "three"),
    ("three octets, reversed", "7.100.51.isp.example", "198.51.100.7", "three"),
    ("two octets", "100-7.isp.example", "198.51.100.7", "two"),
    ("two octets, reversed", "7.100.isp.example", "198.51.100.7", "two"),
    ("two other octets", "198-51.isp.example", "198.51.100.7", "other"),
    ("one octet", "h7.isp.example", "198.51.100.7", "last"),
    ("one octet at the end of a number", "pc2007.isp.example", "198.51.100.7", "padded"),
    ("one octet amid letters", "qvx177rt.isp.example", "198.51.100.177", "wrapped"),
    ("joined, zero-padded", "host198051100007.isp.example", "198.51.100.7", "run"),
    ("joined, zero-padded, reversed", "007100051198.isp.example", "198.51.100.7", "run"),
    ("joined", "u198511007.isp.example", "198.51.100.7", "run"),
    ("two octets, joined", "host100007.isp.example", "198.51.100.7", "joined"),
    ("two octets, joined, unpadded", "c1007.isp.example", "198.51.100.7", "joined"),
    ("one number", "ip3325256711.isp.example", "198.51.100.7", "run"),
    ("hexadecimal", "c6336407.isp.example", "198.51.100.7", "hex"),
    ("hexadecimal with a mark", "0xc6336407.isp.example", "198.51.100.7", "hex"),
    ("hexadecimal amid letters", "pc6336407x.isp.example", "198.51.100.7", "hex"),
    ("hexadecimal, reversed", "076433c6.isp.example", "198.51.100.7", "hex"),
    ("three octets in hexadecimal", "7.c63364.isp.example", "198.51.100.7", "hexthree"),
    ("three octets in hexadecimal, reversed", "6433c6.isp.example", "198.51.100.7", "hexthree"),
    ("two octets in hexadecimal", "x6407.isp.example", "198.51.100.7", "hexpair"),
    ("two octets in hexadecimal, letters around", "f359b.isp.example", "192.0.53.155", "hexpair"),
    ("base 36", "1izrshz.isp.example", "198.51.100.7", "run"),
    ("base 32", "3336p07.isp.example", "198.51.100.7", "run"),
    ("nibbles as in ip6.arpa", f"{NIBBLES}.isp.example", SIX, "six"),
    ("nibbles in order", "20010db8000100020003000400050006.isp.example", SIX, "six"),
    ("hextets", "2001-db8-1-2-3-4-5-6.isp.example", SIX, "six"),
    ("hextets, zero-padded", "2001-0db8-0001-0002-0003-0004-0005-0006.isp.example", SIX, "six"),
    ("hextets, compressed", "2001-db8--7.isp.example", "2001:db8::7", "six"),
    ("the interface alone", "h0003000400050006.isp.example", SIX, "six"),
    ("the network alone", "h20010db800010002.isp.example", SIX, "six"),
    ("EUI-64", "021122fffe334455.isp.example", CARD, "six"),
    ("the card's address", "cpe-00-11-22-33-44-55.isp.example", CARD, "six"),
    ("a customer's /48", "c20010db80001.isp.example", SIX, "sixpart"),
    ("base 36, 128 bits", "node-1w7jr9qg5nm5ufty71f443u9w.isp.example",
     "2001:569:7000:1234:1:2:3:4", "six"),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, address, kind", [row[1:] for row in ENCODINGS], ids=[row[0] for row in ENCODINGS]
)
def test_the_address_is_found_however_it_is_written(name, address, kind):
    rules = [evidence.rule for evidence in classify(name, address).evidence]
    assert f"address.{kind}" in [rule.removesuffix(".access") for rule in rules]


@pytest.mark.parametrize("name", [row[1] for row in ENCODINGS])
def test_anothers_address_is_not_found(name):
    for address in ("203.0.113.222", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        rules = [evidence.rule for evidence in classify(name, address).evidence]
        assert not [rule for rule in rules if rule.startswith("address")]


IDIOMS = [
    ("a hardware address", "cpe0002a5d76857.isp.example", "idiom.mac.access"),
    ("a port and its exchange", "p4170-ipbf3406marunouchi.isp.example", "idiom.exchange"),
    ("an access server and its port", "ts18-13.vcr.isp.example", "idiom.port"),
    ("a customer's number", "cc351919-b.groni1.isp.example", "idiom.number.deep"),
    ("a customer's number in groups", "015-998-424.area7.isp.example", "idiom.number.deep"),
    ("a running number", "xdsl-1776.jgora.isp.example", "idiom.serial.access"),
    ("no name", "unknown.mgy.isp.example", "unnamed"),
    ("one label", "localhost", "placeholder"),
    ("a reverse name", "7.100.51.198.in-addr.arpa", "placeholder"),
    ("a missing dot", "51.198.in-addr.arpa.isp.example", "placeholder"),
    ("a top level of one's own", "hn.kd.dhcp", "placeholder"),
]


@pytest.mark.parametrize("name, rule", [r[1:] for r in IDIOMS], ids=[r[0] for r in IDIOMS])
def test_how_providers_name_lines(name, rule):
    found = classify(name, "203.0.113.222")
    assert rule in [evidence.rule for evidence in found.evidence]
    assert found.verdict is (rule != "idiom.number")


NOT_WORDS = [
    ("letters of an address in hexadecimal", "p200300ded71b970079d5254590bfd822.dip0.isp.example",
     "2003:de:d71b:9700:79d5:2545:90bf:d822", "word.fixed"),
    ("letters of a hardware address", "s0106000f3d3e2dc1.vf.isp.example", "192.0.2.9",
     "word.hosted"),
    ("a place's code beside words of a line", "cpe-192-0-2-9.dc.res.isp.example", "192.0.2.9",
     "word.hosted"),
    ("m before an address in hexadecimal", "m810f36d0.isp.example", "129.15.54.208", "word.mail"),
    ("the middle of a place's name", "fz.rossendorf.example", "192.0.2.9", "domain.mail"),
    ("dialog is no dialling", "gate.dialog.example", "192.0.2.9", "domain.line"),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, address, rule", [row[1:] for row in NOT_WORDS], ids=[row[0] for row in NOT_WORDS]
)
def test_what_is_no_word_tells_nothing(name, address, rule):
    assert rule not in [evidence.rule for evidence in classify(name, address).evidence]


@pytest.mark.parametrize("line", LINES)
def test_line(line):
    address, name = line.split()
    assert classify(name, address).verdict


@pytest.mark.parametrize("line", SERVERS)
def test_server(line):
    address, name = line.split()
    assert not classify(name, address).verdict


@pytest.mark.parametrize("piece", ["1", "1-", "a1.", "dsl.", r"\255", "0.", "f:", "-"])
def test_long_names_take_no_time(piece):
    began = time.monotonic()
    for address in ("192.0.2.1", "2001:db8::1"):
        classify((piece * 1004)[:1004], address)
    assert time.monotonic() - began < 0.1


def test_evidence_that_is_even_is_a_score_of_nothing_in_every_python():
    assert str(classify("mx.example.org", "192.0.2.1", Naming()).score) != "-0.0"
    assert str(classify("example.org", "192.0.2.1").score) == "0.0"


@pytest.mark.parametrize(
    "name, servers, lines, verdict",
    [
        ("dsl-192-0-2-1.isp.example", ["isp.example"], [], False),
        ("mail.isp.example", [], ["isp.example"], True),
        ("dsl-192-0-2-1.office.isp.example", ["office.isp.example"], ["isp.example"], False),
        ("mail.other-isp.example", [], ["isp.example"], False),
    ],
)
def test_the_operator_has_the_last_word_about_a_suffix(name, servers, lines, verdict):
    naming = Naming(servers=frozenset(servers), lines=frozenset(lines))
    found = classify(name, "192.0.2.1", naming)
    assert found.verdict is verdict


@pytest.mark.parametrize("point", Point)
def test_no_server_that_is_known_to_be_good_is_flagged(point):
    corpus = known_good()
    assert len(corpus) >= 2000
    assert hits(Naming(point), corpus) == set()

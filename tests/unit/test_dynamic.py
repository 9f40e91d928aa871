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

# SPDX-License-Identifier: GPL-3.0-or-later
"""The delegations that the proof meets: correct ones, and each of the ways they go wrong."""

from tests.unit.tree import ARPA, GLUE, ISP, OWN, ROOT, SECOND, TOP

# 2.0.192.in-addr.arpa is the ISP's, with customers' zones below it (RFC 2317)
CUSTOMERS = """@ NS isp.nic.example.
25 PTR mx.example.
26 PTR www.example.
27 PTR dsl-192-0-2-27.dynamic.isp.example.
28 PTR absent.example.
29 NS deaf.nic.example.
30 NS broken.nic.example.
31 PTR localhost.
32 PTR mx.example.
32 PTR also.example.
33 NS nobody.nic.example.
34 NS lame.nic.example.
34 NS deaf.nic.example.
35 NS lame.nic.example.
35 NS own.nic.example.
36 PTR static-192-0-2-36.isp.example.
65 CNAME 65.64-27.2.0.192.in-addr.arpa.
66 CNAME 66.64-27.2.0.192.in-addr.arpa.
64-27 NS own.nic.example.
129 CNAME 129.128-27.2.0.192.in-addr.arpa.
193 CNAME 193.192/27.2.0.192.in-addr.arpa.
192/27 NS lame.nic.example.
160/29 NS own.nic.example.
194 CNAME 195
195 CNAME 194
196 CNAME mail.customer.example.
"""
EXAMPLE = """@ NS isp.nic.example.
mx A 192.0.2.25
mx A 192.0.2.32
mx A 192.0.2.65
mx A 192.0.2.35
mx AAAA 2001:db8::25
www A 192.0.2.99
also A 192.0.2.98
dsl-192-0-2-27.dynamic.isp A 192.0.2.27
static-192-0-2-36.isp A 192.0.2.36
mail.customer PTR mx.example.
company NS own.nic.example.
nic NS root.nic.example.
"""
WORLD = {
    ROOT: {".": TOP, "nic.example.": "@ NS root.nic.example.\n" + GLUE},
    ARPA: {
        "arpa.": "@ NS arpa.nic.example.\nin-addr NS arpa.nic.example.\nip6 NS arpa.nic.example.",
        "in-addr.arpa.": "@ NS arpa.nic.example.\n"
        "2.0.192 NS isp.nic.example.\n"
        "100.51.198 NS isp.nic.example.\n100.51.198 NS second.nic.example.\n"
        "113.0.203 NS lame.nic.example.",
        "ip6.arpa.": "@ NS arpa.nic.example.\n8.b.d.0.1.0.0.2 NS isp.nic.example.",
    },
    ISP: {
        "example.": EXAMPLE + GLUE,
        "2.0.192.in-addr.arpa.": CUSTOMERS,
        "100.51.198.in-addr.arpa.": "@ NS isp.nic.example.\n@ NS second.nic.example.\n"
        "7 PTR mx.example.\n8 PTR mx.example.",
        "8.b.d.0.1.0.0.2.ip6.arpa.": "@ NS isp.nic.example.\n"
        "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR mx.example.",
    },
    SECOND: {
        "100.51.198.in-addr.arpa.": "@ NS isp.nic.example.\n@ NS second.nic.example.\n"
        "7 PTR mx.example.",
    },
    OWN: {
        "company.example.": "@ NS own.nic.example.\nmx A 192.0.2.200\nmx AAAA 2001:db8::c8",
        "64-27.2.0.192.in-addr.arpa.": "@ NS own.nic.example.\n65 PTR mx.example.",
        "160/29.2.0.192.in-addr.arpa.": "@ NS own.nic.example.\n162 PTR mx.company.example.",
        "168-175.2.0.192.in-addr.arpa.": "@ NS own.nic.example.\n170 PTR mx.company.example.",
        # of its own making: the ISP knows nothing of it
        "200.2.0.192.in-addr.arpa.": "@ NS own.nic.example.\n@ PTR mx.company.example.",
        "201.2.0.192.in-addr.arpa.": "@ NS own.nic.example.",
        "35.2.0.192.in-addr.arpa.": "@ NS own.nic.example.\n@ PTR mx.example.",
    },
}

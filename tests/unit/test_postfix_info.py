# SPDX-License-Identifier: GPL-3.0-or-later
"""Where strangers arrive at a Postfix that somebody else configured, and whom it asks."""

import pytest

from filter_plugins.networks_outside import networks_outside
from library.postfix_info import EARLIER, networks, others, services, strangers

OURS = "unix:ptrgate/milter.sock"
SMTPD = "n - y - - smtpd"


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        pytest.param("", "", id="nobody"),
        pytest.param(OURS, "", id="only us"),
        pytest.param("{unix:ptrgate/milter.sock,default_action=tempfail}", "", id="us, in braces"),
        pytest.param("inet:a:1, inet:b:2", "inet:a:1,inet:b:2", id="a list with white space"),
        pytest.param(f"inet:a:1 {OURS}", "inet:a:1", id="another before us"),
        pytest.param(
            "{ inet:a:1, connect_timeout = 10s }  {inet:b:2}",
            "{inet:a:1,connect_timeout=10s},{inet:b:2}",
            id="braces with white space in them",
        ),
        pytest.param(
            "{ inet:127.0.0.1:8891, connect_timeout=5s },\n    inet:localhost:11332",
            "{inet:127.0.0.1:8891,connect_timeout=5s},inet:localhost:11332",
            id="OpenDKIM and then rspamd",
        ),
        pytest.param(
            f"{{{OURS},default_action=tempfail}},inet:localhost:11332,inet:127.0.0.1:8891",
            "inet:localhost:11332,inet:127.0.0.1:8891",
            id="us, rspamd and then OpenDKIM",
        ),
        pytest.param("$their_milters", "$their_milters", id="a parameter of theirs"),
        pytest.param(f"{OURS}.old", f"{OURS}.old", id="one whose name begins like ours"),
    ],
)
def test_who_else_is_asked(listed, left):
    assert others(listed, OURS) == left


@pytest.mark.parametrize(
    ("master", "doors"),
    [
        pytest.param([f"smtp inet {SMTPD}"], ["smtp/inet"], id="port 25"),
        pytest.param(
            [f"203.0.113.4:25 inet {SMTPD}", f"[::]:smtp inet {SMTPD}"],
            ["203.0.113.4:25/inet", "[::]:smtp/inet"],
            id="by address",
        ),
        pytest.param(
            ["smtp inet n - y - 1 postscreen", f"smtpd pass {SMTPD}"],
            ["smtpd/pass"],
            id="behind postscreen",
        ),
        pytest.param([f"smtp inet {SMTPD}", f"smtpd pass {SMTPD}"], ["smtp/inet"], id="no screen"),
        pytest.param(
            [f"587 inet {SMTPD}", f"submissions inet {SMTPD}", f"127.0.0.1:25 inet {SMTPD}",
             f"127.0.0.1:10025 inet {SMTPD}"],
            [],
            id="own users and filters are no strangers",
        ),
    ],
)  # fmt: skip
def test_where_strangers_arrive(master, doors):
    assert strangers(services("\n".join(master))) == doors


def test_what_answers_before_a_milter():
    value = (
        "permit_mynetworks, reject_unknown_client_hostname, reject_rbl_client a.example=127.0.0.2"
    )
    found = ["reject_unknown_client_hostname", "reject_rbl_client a.example=127.0.0.2"]
    assert EARLIER.findall(value) == found


def test_tables_in_mynetworks_are_no_networks():
    said = "127.0.0.0/8, [::1]/128 cidr:/etc/postfix/more [2001:db8::]/64 198.51.100.7"
    found = ["127.0.0.0/8", "::1/128", "2001:db8::/64", "198.51.100.7/32"]
    assert list(networks(said)) == found


@pytest.mark.parametrize(
    ("trusted", "said", "strange"),
    [
        (["127.0.0.0/8", "::1/128"], [], []),
        (["198.51.100.128/29"], ["198.51.100.128/28"], []),
        (["198.51.100.128/28"], ["198.51.100.128/29"], ["198.51.100.128/28"]),
        (["2001:db8::/64"], ["198.51.100.0/24"], ["2001:db8::/64"]),
    ],
)
def test_whom_postfix_trusts_and_we_would_judge(trusted, said, strange):
    assert networks_outside(trusted, said) == strange

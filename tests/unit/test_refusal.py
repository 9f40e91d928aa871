# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences, to the letter, and the limits that hold whatever a stranger calls himself."""

from itertools import product

import pytest

from ptrgate.judge.refusal import goodbye, reply
from ptrgate.judge.words import Action, Finding, RefuseAt

URL = "http://help.company.example/r/0123456789"
WORST = "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff"
SPOKEN = [finding for finding in Finding if finding is not Finding.OK]


def say(finding, action=Action.REFUSE, **rest):
    known = {"address": "192.0.2.7", "name": "mx.example.net", "url": URL}
    return str(reply(finding, action=action, **(known | rest)))


SENTENCES = {
    Finding.NO_PTR: "550 5.7.25 Relaying denied: 192.0.2.7 has no reverse DNS name (PTR).",
    Finding.FORGED: (
        "550 5.7.25 Relaying denied (may be forged): mx.example.net does not lead back to"
        " 192.0.2.7."
    ),
    Finding.DYNAMIC: (
        "550 5.7.1 Relaying denied: the name of 192.0.2.7 is that of a DSL, dial-up or dynamic"
        " line. Use your provider's mail relay."
    ),
    Finding.DNS_FAILURE: (
        "451 4.7.25 Reverse DNS of 192.0.2.7 cannot be checked now, please try again."
    ),
}


@pytest.mark.parametrize("finding", SPOKEN)
def test_sentence(finding):
    assert say(finding) == f"{SENTENCES[finding]} See {URL}"


@pytest.mark.parametrize(
    ("finding", "action", "refuse_at", "codes"),
    [
        (Finding.NO_PTR, Action.REFUSE, RefuseAt.RCPT, "550 5.7.25"),
        (Finding.NO_PTR, Action.REFUSE, RefuseAt.MAIL, "521 5.7.25"),
        (Finding.NO_PTR, Action.DEFER, RefuseAt.RCPT, "451 4.7.25"),
        (Finding.NO_PTR, Action.DEFER, RefuseAt.MAIL, "451 4.7.25"),
        (Finding.FORGED, Action.DEFER, RefuseAt.RCPT, "451 4.7.25"),
        (Finding.DYNAMIC, Action.REFUSE, RefuseAt.MAIL, "521 5.7.1"),
        (Finding.DYNAMIC, Action.DEFER, RefuseAt.RCPT, "451 4.7.1"),
        (Finding.DNS_FAILURE, Action.REFUSE, RefuseAt.RCPT, "451 4.7.25"),
    ],
)
def test_codes(finding, action, refuse_at, codes):
    assert say(finding, action, refuse_at=refuse_at).startswith(codes + " ")


HOSTILE = [
    "x" * 255, "a\r\n250 ok", "%s%n%%", "<script>", r"\013\010" * 60, "ü.example", "", "\x00\x7f",
    "a b", "\udcff",
]  # fmt: skip


@pytest.mark.parametrize(("name", "address"), list(product(HOSTILE, ["192.0.2.7", WORST])))
def test_limits_hold_for_any_name(name, address):
    for finding, action in product(SPOKEN, (Action.REFUSE, Action.DEFER)):
        line = say(finding, action, name=name, address=address)
        assert line.endswith(" See " + URL)
        assert len(line) - len(URL) <= 160
        assert all(" " <= character <= "~" for character in line)
        assert "%" not in line


def test_long_name_is_cut_to_sixty():
    assert f": {'x' * 57}... does" in say(Finding.FORGED, name="x" * 255)


def test_without_a_page_nothing_points_to_one():
    assert say(Finding.NO_PTR, url="").endswith("(PTR).")


@pytest.mark.parametrize(
    ("finding", "action"), [(Finding.OK, Action.REFUSE), (Finding.FORGED, Action.ACCEPT)]
)
def test_nothing_is_said_about_the_good(finding, action):
    with pytest.raises(ValueError, match="nothing is said"):
        say(finding, action)


def test_goodbye():
    assert str(goodbye(URL)).startswith("421 4.7.0 ")
    assert str(goodbye(URL)).endswith(" See " + URL)

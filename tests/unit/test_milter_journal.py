# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal line can be read back, whatever a client sent."""

import pytest

from ptrgate.milter import journal


def test_keys_stand_in_their_order_and_absent_values_are_hyphens():
    line = journal.line({"address": "192.0.2.7", "action": "refuse", "ref": "ABCDEF0123"})
    assert line == (
        "ref=ABCDEF0123 address=192.0.2.7 family=- iprev=- finding=- rule=- action=refuse would=- "
        "stage=- name=- helo=- from=- to=- source=- queries=- ms=- policy=- worker=-"
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("mx.example.org", id="plain"),
        pytest.param("a b\tc\r\nref=FORGED", id="blanks and a line of its own"),
        pytest.param("100%41 \"quoted\" 'so' \\046", id="what escaping itself uses"),
        pytest.param("bücher.example", id="UTF-8"),
        pytest.param("\udcff\udc80", id="octets that are no UTF-8"),
        pytest.param("-", id="a hyphen is not nothing"),
        pytest.param("<script>alert(1)</script>", id="HTML"),
        pytest.param("bounce+a=b@example.org", id="equals sign"),
    ],
)
def test_a_value_comes_back_as_it_was(value):
    line = journal.line({"helo": value})
    assert line.isascii()
    assert line.isprintable()
    assert journal.parse(line) == {"helo": value}


def test_a_value_is_cut():
    assert journal.parse(journal.line({"helo": "x" * 4000})) == {"helo": "x" * journal.MAX_VALUE}


@pytest.mark.parametrize("text", ["", "hello", "ref=1 address=2", "address=1 ref=2"])
def test_other_lines_are_not_ours(text):
    assert journal.parse(text) is None


@pytest.mark.parametrize(
    ("addresses", "count", "written"),
    [
        pytest.param(["a@example.org"], 1, "a@example.org", id="one"),
        pytest.param(
            ["a@example.org", "b@example.org"], 2, "a@example.org,b@example.org", id="two"
        ),
        pytest.param(list("abcde"), 101, "a,b,c,d,e,+96", id="a hundred and one"),
        pytest.param(["+3", "-", "a,b"], 3, "%2B3,%2D,a%2Cb", id="names that look like ours"),
    ],
)
def test_recipients(addresses, count, written):
    assert journal.recipients(addresses, count) == written
    line = journal.parse(journal.line({"to": written}))
    assert journal.read_recipients(line["to"]) == (addresses, count - len(addresses))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses are read by the C library, and mean what Python says they mean."""

from ipaddress import ip_address
from random import Random

import pytest

from ptrgate.judge.addresses import parse

PIECES = ["0", "1", "7", "10", "255", "256", "00", "01", "999", "ffff", "FFFF", "g", "12345"]
BETWEEN = [".", ".", ".", ":", ":", "::", "", "%", " ", "/", "\0", "\ud800", "\uff11"]
ODD = ["", ".", ":", "::", ":::", "1.2.3", "1.2.3.4.", "0x7f.1.1.1", "1::2::3", "::1.2.3.4",
       "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8:9", "::ffff:0192.0.2.1"]  # fmt: skip


def made(chance):
    """Return a text that may be an address, mostly nearly one."""
    if chance.random() < 0.5:
        separator = chance.choice([".", ":"])
        return separator.join(chance.choices(PIECES, k=4 if separator == "." else 8))
    return "".join(p + chance.choice(BETWEEN) for p in chance.choices(PIECES, k=5))


def meant(text):
    """Return what Python reads, an IPv4-mapped address as what it maps; None for no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def read(text):
    try:
        return parse(text)
    except ValueError:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_both_libraries_read_the_same(seed):
    chance = Random(seed)  # noqa: S311 (repeatable, no secret)
    texts = [text for text in (made(chance) for _ in range(5000)) if "%" not in text]
    texts = [text for text in texts if text == text.strip()]
    assert {text: read(text) for text in texts} == {text: meant(text) for text in texts}
    assert sum(meant(text) is not None for text in texts) > 100


@pytest.mark.parametrize("text", ODD)
def test_odd_ones_too(text):
    assert read(text) == meant(text)


def test_what_is_no_address_is_told_in_pythons_words():
    with pytest.raises(ValueError, match=r"'192\.0\.2\.256' does not appear to be an IPv4 or IPv6"):
        parse("192.0.2.256")

# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of answers against what strangers may send: wrong, endless, or costly to read."""

import random
import struct
import time

import dns.message
import dns.rrset
import pytest

from ptrgate.lookup.chain import Chain, Unusable
from ptrgate.lookup.labels import text
from ptrgate.lookup.wire import Malformed, read

NAME = (b"10", b"2", b"0", b"192", b"in-addr", b"arpa")
OWNER = text(NAME) + "."


def honest():
    message = dns.message.make_response(dns.message.make_query(OWNER, "PTR", use_edns=0))
    message.answer = [
        dns.rrset.from_text(OWNER, 300, "IN", "CNAME", "alias.example."),
        dns.rrset.from_text("alias.example.", 200, "IN", "PTR", "a.example.", "b.example."),
        dns.rrset.from_text("b.example.", 100, "IN", "AAAA", "2001:db8::1"),
    ]
    message.authority = [
        dns.rrset.from_text("example.", 300, "IN", "NS", "ns.example."),
        dns.rrset.from_text("example.", 300, "IN", "SOA", "a. b. 1 2 3 4 60"),
    ]
    return message


def test_honest_answer_is_read():
    message = read(honest().to_wire())
    reading = Chain(12, [NAME]).read(message)
    assert (sorted(reading.values), reading.ttl) == (["a.example", "b.example"], 200)
    assert [record.minimum for record in message.authority] == [0, 60]
    assert message.question == (NAME, 12, 1)


HEADER = struct.pack("!6H", 7, 0x8180, 1, 0, 0, 0)
TYPE_AND_CLASS = b"\0\x0c\0\x01"
ANSWER = struct.pack("!6H", 7, 0x8180, 0, 1, 0, 0) + b"\0" + TYPE_AND_CLASS + b"\0\0\0\5"


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEADER[:11], id="half a header"),
        pytest.param(HEADER, id="no question"),
        pytest.param(HEADER + b"\xc0\x0c" + TYPE_AND_CLASS, id="a pointer to itself"),
        pytest.param(HEADER + b"\1a\xc0\x0c" + TYPE_AND_CLASS, id="a name that ends in itself"),
        pytest.param(HEADER + b"\xc0\xff" + TYPE_AND_CLASS, id="a pointer ahead"),
        pytest.param(HEADER + b"\x40" + b"a" * 64 + b"\0" + TYPE_AND_CLASS, id="a long label"),
        pytest.param(HEADER + b"\1a" * 128 + b"\0" + TYPE_AND_CLASS, id="a long name"),
        pytest.param(HEADER + b"\5ab\0" + TYPE_AND_CLASS[:1], id="a short end"),
        pytest.param(ANSWER + b"\0\1\1a\0", id="a name that leaves its record"),
        pytest.param(ANSWER + b"\0\5\1a\0\0\0", id="a record with more than a name"),
    ],
)
def test_malformed(octets):
    with pytest.raises(Malformed):
        read(octets)


def test_random_damage_never_breaks_the_reader():
    chance = random.Random(1)  # noqa: S311 (damage, not secrets)
    whole = honest().to_wire()
    for _ in range(3000):
        octets = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            octets[chance.randrange(len(octets))] = chance.choice((0, 1, 12, 63, 192, 255))
        try:
            Chain(12, [NAME]).read(read(bytes(octets)))
        except (Malformed, Unusable):
            continue


def leaning_names():
    """64 KB of names that each point to one of 115 labels."""
    start = HEADER[:6] + struct.pack("!3H", 3625, 0, 0)
    question = b"".join(bytes([len(label)]) + label for label in NAME) + b"\0" + TYPE_AND_CLASS
    first = b"\1a" * 115 + b"\0"
    records = [b"\xc0\x0c" + TYPE_AND_CLASS + struct.pack("!IH", 300, len(first)) + first]
    pointer = struct.pack("!H", 0xC000 | len(start + question) + 12)
    for number in range(3624):
        data = b"\3" + b"%03x" % number + pointer
        records.append(b"\xc0\x0c" + TYPE_AND_CLASS + struct.pack("!IH", 300, len(data)) + data)
    return start + question + b"".join(records)


def test_names_that_lean_on_each_other_are_read_in_a_moment():
    octets = leaning_names()
    assert 60000 < len(octets) < 65536
    began = time.process_time()
    reading = Chain(12, [NAME]).read(read(octets))
    assert len(reading.values) == 3625
    assert time.process_time() - began < 3  # dnspython: 10 s

# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a judgement is used again, and how many are remembered."""

import pytest

from ptrgate.judge.finding import judge
from ptrgate.judge.iprev import Answer, AnswerStatus
from ptrgate.judge.terms import Policy
from ptrgate.judge.words import Source
from ptrgate.milter.verdicts import Verdicts

CLIENT = "198.51.100.30"
NXDOMAIN, FAILED = AnswerStatus.NXDOMAIN, AnswerStatus.FAILED


class Dns:
    """A name and its address, or neither, with times to live; time passes while it is asked."""

    def __init__(self, pointer=("mx.example.net",), address=(CLIENT,), ttls=(3600, 3600), slow=0):
        self.values, self.ttls, self.slow = (pointer, address), ttls, slow
        self.now, self.asked = 1000.0, 0
        self.verdicts = Verdicts(self.judge, clock=lambda: self.now, entries=2)

    def judge(self, address):
        self.asked += 1
        self.now += self.slow
        return judge(address, self, Policy.default())

    def pointers(self, _address):
        return self.answer(0)

    def addresses(self, _name, _version):
        return self.answer(1)

    def answer(self, place):
        values = self.values[place]
        if values is FAILED:
            return Answer(FAILED, reason="SERVFAIL")
        status = AnswerStatus.OK if values else NXDOMAIN
        return Answer(status, values, ttl=self.ttls[place])


@pytest.mark.parametrize(
    "sentence, dns, seconds",
    [
        ("a missing name holds three seconds", Dns(pointer=()), 3),
        ("and no longer than what is left of it", Dns(pointer=(), ttls=(2, 0)), 2),
        ("and counts from when it was asked for", Dns(pointer=(), slow=2), 1),
        ("a name that leads elsewhere is asked again as soon", Dns(address=("198.51.100.99",)), 3),
        ("or as soon as the shorter answer says", Dns(address=(), ttls=(3600, 1)), 1),
        ("a line's name too", Dns(pointer=("dsl-198-51-100-30.a.example.net",)), 3),
        ("a server's name holds five minutes", Dns(), 300),
        ("or as long as the shorter answer", Dns(ttls=(3600, 60)), 60),
    ],
)
def test_freshness(sentence, dns, seconds):
    dns.verdicts(CLIENT)
    dns.slow = 0
    dns.now += seconds - 0.5
    assert dns.verdicts(CLIENT).source is Source.CACHE, sentence
    dns.now += 1
    assert dns.verdicts(CLIENT).source is Source.DNS, sentence


@pytest.mark.parametrize("ttls", [(0, 60), (None, 60), (60, None)])
def test_an_answer_that_does_not_last_is_asked_for_again(ttls):
    dns = Dns(address=(), ttls=ttls)
    assert [dns.verdicts(CLIENT).source for _ in range(2)] == [Source.DNS] * 2


def test_a_lookup_that_failed_is_done_again():
    dns = Dns(pointer=FAILED)
    assert [dns.verdicts(CLIENT).source for _ in range(2)] == [Source.DNS] * 2


def test_a_judgement_from_the_cache_is_the_same_and_cost_nothing():
    dns = Dns(address=("198.51.100.99",))
    first, second = dns.verdicts(CLIENT), dns.verdicts(CLIENT)
    assert (second.finding, second.name) == (first.finding, first.name)
    assert (second.iprev.result, second.iprev.queries) == (first.iprev.result, 0)


def test_a_forgotten_address_is_judged_anew():
    dns = Dns(pointer=())
    dns.verdicts(CLIENT)
    dns.verdicts.forget(CLIENT)
    assert dns.verdicts(CLIENT).source is Source.DNS


def test_what_is_used_stays_and_what_is_not_goes():
    dns = Dns(pointer=())
    for number in range(20):
        dns.verdicts(f"192.0.2.{number}")
        dns.verdicts(CLIENT)
    assert dns.asked == 21
    assert dns.verdicts("192.0.2.0").source is Source.DNS


def test_it_is_bounded():
    dns = Dns(pointer=())
    for number in range(20):
        dns.verdicts(f"192.0.2.{number}")
    dns.asked = 0
    for number in reversed(range(20)):
        dns.verdicts(f"192.0.2.{number}")
    assert dns.asked >= 16

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host makes of a judgement by what it remembers and whether it believes DNS."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from ptrgate.judge.finding import judge
from ptrgate.judge.policy import Circumstances, decide, load
from ptrgate.judge.words import Action, Finding
from ptrgate.shared.board import Board
from ptrgate.shared.canaries import canaries_of
from ptrgate.shared.counters import Counters, Gauge
from ptrgate.shared.courtesy import DAYS, Books, Courtesy
from ptrgate.shared.guard import Guard
from ptrgate.shared.memory import Memory
from ptrgate.shared.overrides import Overrides
from ptrgate.shared.standing import GRACE, HostStanding
from tests.unit.zone import FAILS, Zone

CANARY, OWN, GOOD, BAD = "192.0.2.53", "192.0.2.25", "198.51.100.10", "198.51.100.20"
HOURS = 3600
POLICY = load(
    """
help_url = "http://help.example.org"
[own]
names = ["mx.example.org"]
addresses = ["192.0.2.25", "10.0.0.1"]
[breaker]
canaries = ["192.0.2.53 ns.example.net"]
""",
    source="policy.toml",
)
HONEST = {
    CANARY: ["ns.example.net"],
    "ns.example.net": [CANARY],
    OWN: ["mx.example.org"],
    "mx.example.org": [OWN],
    GOOD: ["mx.example.com"],
    "mx.example.com": [GOOD],
    "198.51.100.30": FAILS,
}
SLOW = "198.51.100.30"
LIES = {
    "has no name": {SLOW: FAILS},
    "has the liar's name": {one: ["liar.example"] for one in (CANARY, OWN, GOOD, BAD)},
    "has its name, which leads to the liar": HONEST
    | {name: ["203.0.113.66"] for name in ("ns.example.net", "mx.example.org", "mx.example.com")},
}


class Host:
    """A host with one worker, whose DNS and clock a test decides."""

    policy = POLICY

    def __init__(self, directory):
        self.time, self.said = 1e6, []
        self.lookup = Zone(HONEST)
        self.counters = Counters.alone()
        self.directory = directory
        self.start()

    def start(self):
        tell = lambda words, *_: self.said.append(words)  # noqa: E731 - one word for both
        now = lambda: self.time  # noqa: E731
        self.guard = Guard(
            Board(self.directory, tell, now), canaries_of(POLICY), self.lookup, self.counters, tell
        )
        self.memory = Memory(self.directory, days=30, entries=10_000, tell=tell, now=now)
        courtesy = Courtesy(self.memory.drawer, entries=10_000, written_days=90, now=now)
        books = Books(self.memory, courtesy)
        self.standing = HostStanding(
            self.policy, Overrides(self.directory), books, self.guard, now=now
        )
        self.standing.tick()

    def dns(self, records):
        self.lookup.records = records
        self.time += 1

    def decide(self, address, sender="", *, told=True):
        """Return (rule, action) for a client of this address, which is then told."""
        judgement = judge(address, self.lookup, self.policy)
        circumstances = self.standing.of(judgement)
        circumstances = self.standing.of_mail(circumstances, judgement, sender)
        decision = decide(self.policy, judgement, circumstances=circumstances)
        if told and decision.rule in ("warned", "written_to"):
            self.standing.warned(judgement)
        return decision.rule, decision.action.value

    def wait(self, seconds):
        """Let time pass, with a tick every ten seconds."""
        for _ in range(int(seconds) // 10):
            self.time += 10
            self.standing.tick()

    def gauge(self, gauge):
        return self.counters._gauges[gauge]


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


REFUSED, DOUBTED = ("default", "refuse"), ("breaker", "defer")


def test_all_is_ordinary_at_first(host):
    assert [host.decide(one) for one in (GOOD, BAD)] == [("default", "accept"), REFUSED]
    assert host.said == []


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_resolver_that_lies_to_everything_refuses_nobody(host, lie):
    host.dns(lie)
    assert {host.decide(one) for one in (GOOD, BAD, GOOD)} == {DOUBTED}
    assert [words[:12] for words in host.said] == ["breaker open"]
    assert CANARY in host.said[0]
    assert host.gauge(Gauge.BREAKER_OPEN) == 1


def test_nor_does_it_after_a_restart(host):
    host.dns({})
    host.start()
    assert host.decide(GOOD) == DOUBTED


def test_it_recovers_by_itself(host):
    host.dns({})
    host.decide(BAD)
    host.dns(HONEST)
    host.wait(60)
    assert host.decide(BAD) == DOUBTED
    host.wait(20)
    assert host.decide(BAD) == REFUSED
    assert [words[:14] for words in host.said] == ["breaker open: ", "breaker closed"]
    assert host.gauge(Gauge.BREAKER_OPEN) == 0


def test_a_flood_of_failing_lookups_disarms_nothing(host):
    for number in range(2000):
        address = str(ip_address("198.18.0.0") + number)
        host.dns(HONEST | {address: FAILS})
        assert host.decide(address) == ("default", "defer")
    host.wait(60)
    assert (host.decide(BAD), host.said) == (REFUSED, [])


def test_nor_does_a_flood_of_bad_clients(host):
    for number in range(2000):
        assert host.decide(str(ip_address("198.18.0.0") + number)) == REFUSED
    host.wait(60)
    assert (host.decide(BAD), host.said) == (REFUSED, [])


def test_under_a_flood_the_canaries_are_asked_ten_times_a_second(host):
    host.lookup.asked.clear()
    for _ in range(1000):
        host.time += 0.001
        host.decide(BAD)
    assert 5 <= host.lookup.asked.count(CANARY) <= 12


def test_own_name_lost_is_one_warning(host):
    host.dns(HONEST | {OWN: []})
    host.wait(120)
    assert host.decide(BAD) == REFUSED
    assert [words.partition(" is ")[0] for words in host.said] == [f"canary {OWN} (this host)"]


def test_a_canary_that_was_never_right_is_harmless_and_all_of_them_are_told(tmp_path):
    host = Host.__new__(Host)
    host.time, host.said, host.directory = 1e6, [], tmp_path
    host.counters, host.lookup = Counters.alone(), Zone({GOOD: HONEST[GOOD]})
    host.start()
    host.wait(120)
    assert host.decide(BAD) == REFUSED
    assert [words[:27] for words in host.said] == ["no canary has ever been ans"]


FAILING = HONEST | {GOOD: FAILS}
NAMELESS = HONEST | {GOOD: []}


def test_a_remembered_sender_is_accepted_while_its_dns_fails(host):
    host.decide(GOOD)
    host.dns(FAILING)
    assert host.decide(GOOD) == ("remembered", "accept")
    host.wait(10)
    host.start()  # again
    assert host.decide(GOOD) == ("remembered", "accept")


def test_a_remembered_sender_without_a_name_is_refused_when_that_lasts(host):
    host.decide(GOOD)
    host.dns(NAMELESS)
    assert host.decide(GOOD) == ("remembered", "defer")
    host.wait(GRACE - 10)
    assert host.decide(GOOD) == ("remembered", "defer")
    host.wait(10)
    assert host.decide(GOOD) == REFUSED
    host.dns(FAILING)
    assert host.decide(GOOD) == ("default", "defer")  # forgotten


def test_nor_does_a_clock_that_was_set_back_put_that_off(host):
    host.decide(GOOD)
    host.time += 20 * 24 * HOURS
    host.dns(NAMELESS)
    assert host.decide(GOOD) == ("remembered", "defer")
    host.time -= 20 * 24 * HOURS
    assert host.decide(GOOD) == ("remembered", "defer")
    host.wait(GRACE)
    assert host.decide(GOOD) == REFUSED


def test_a_name_that_came_back_makes_it_good_again(host):
    host.decide(GOOD)
    host.dns(NAMELESS)
    host.decide(GOOD)
    host.wait(10)
    host.dns(HONEST)
    host.decide(GOOD)
    host.wait(10)
    host.dns(FAILING)
    assert host.decide(GOOD) == ("remembered", "accept")


def test_a_lie_erases_no_memory(host):
    host.decide(GOOD)
    host.dns({})
    for _ in range(10):
        assert host.decide(GOOD) == DOUBTED
        host.wait(60)
    host.dns(FAILING)
    host.wait(120)
    assert host.decide(GOOD) == ("remembered", "accept")


def crowd(count):
    addresses = [str(ip_address("198.18.0.0") + number) for number in range(count)]
    names = {f"mx.{address}.example": [address] for address in addresses}
    return addresses, names | {address: [f"mx.{address}.example"] for address in addresses}


def test_a_resolver_that_lies_about_all_but_the_canaries_refuses_no_known_sender(host):
    addresses, records = crowd(40)
    host.dns(HONEST | records)
    assert {host.decide(address) for address in addresses} == {("default", "accept")}
    host.wait(10)
    host.dns(HONEST)
    seen = [host.decide(address) for address in addresses]
    assert (set(seen), seen[-1]) == ({("remembered", "defer"), DOUBTED}, DOUBTED)
    assert host.decide(BAD) == DOUBTED


def test_one_probe_from_a_private_network_changes_nothing(host):
    host.standing.private()
    host.wait(60)
    assert (host.decide(BAD), host.said) == (REFUSED, [])


def test_a_crowd_of_private_addresses_is_an_alarm_an_hour_and_nothing_else(host):
    for _ in range(60):
        host.standing.private()
    host.standing._reported = float("-inf")
    host.wait(60)
    assert [words[:27] for words in host.said] == ["client addresses are hidden"]
    assert (host.gauge(Gauge.CLIENTS_HIDDEN), host.decide(BAD)) == (1, REFUSED)


def test_nobody_is_remembered_for_a_failed_lookup(host):
    assert host.decide(SLOW) == ("default", "defer")
    assert host.memory.recall(SLOW) is None


def test_circumstances_of_a_good_client_are_ordinary(host):
    assert host.standing.of(judge(GOOD, host.lookup, POLICY)) == Circumstances()


PATIENT = replace(POLICY, defer_hours={Finding.NO_PTR: {4: 24, 6: 24}})
WARNED, WRITTEN = ("warned", "defer"), ("written_to", "defer")


@pytest.fixture
def patient(host):
    """Return a host that defers for a day before it refuses."""
    host.policy = PATIENT
    host.start()
    return host


def later(host, seconds):
    """Let time pass without a tick each ten seconds."""
    host.standing.tick()
    host.time += seconds
    host.standing.tick()


def test_a_client_is_deferred_for_its_hours_and_then_refused(patient):
    for seconds in (0, 3 * HOURS, 20 * HOURS):
        later(patient, seconds)
        assert patient.decide(BAD) == WARNED
    later(patient, 2 * HOURS)
    assert patient.decide(BAD) == REFUSED


def test_a_restart_begins_nothing_anew(patient):
    assert patient.decide(BAD) == WARNED
    patient.standing.close()
    patient.start()
    later(patient, 25 * HOURS)
    assert patient.decide(BAD) == REFUSED


def test_another_worker_hears_of_it(patient):
    other = Host(patient.directory)
    other.policy, other.time = PATIENT, patient.time
    other.start()
    assert patient.decide(BAD) == WARNED
    later(patient, 1)
    later(other, 25 * HOURS)
    assert other.decide(BAD) == REFUSED


def test_who_leaves_before_he_is_told_starts_no_clock(patient):
    assert patient.decide(BAD, told=False) == WARNED
    later(patient, 25 * HOURS)
    assert patient.decide(BAD) == WARNED


def test_a_line_with_a_million_addresses_has_one_clock(patient):
    assert patient.decide("2001:db8:1::1")[0] == "default"  # built-in: deferred for ever
    patient.policy = replace(
        PATIENT, actions={**PATIENT.actions, Finding.NO_PTR: {4: Action.REFUSE, 6: Action.REFUSE}}
    )
    patient.start()
    assert patient.decide("2001:db8:1::1") == WARNED
    later(patient, 25 * HOURS)
    assert patient.decide("2001:db8:1::2") == REFUSED
    assert patient.decide("2001:db8:1:1::2") == WARNED


def test_after_months_it_is_told_anew(patient):
    assert patient.decide(BAD) == WARNED
    later(patient, 25 * HOURS)
    assert patient.decide(BAD) == REFUSED
    later(patient, DAYS * 24 * HOURS)
    assert patient.decide(BAD) == WARNED
    later(patient, 25 * HOURS)
    assert patient.decide(BAD) == REFUSED


def test_a_clock_that_was_set_back_puts_no_refusal_off(patient):
    later(patient, 20 * 24 * HOURS)
    assert patient.decide(BAD) == WARNED
    later(patient, -20 * 24 * HOURS)
    assert patient.decide(BAD) == WARNED
    later(patient, 25 * HOURS)
    assert patient.decide(BAD) == REFUSED


def test_while_dns_is_not_believed_no_clock_starts(patient):
    patient.dns({})
    assert patient.decide(BAD) == DOUBTED
    patient.dns(HONEST)
    later(patient, 30 * HOURS)
    patient.wait(90)
    assert patient.decide(BAD) == WARNED


def note_domain(host, domain, days_ago=0):
    day = int(host.time // 86400) - days_ago
    host.memory.drawer.attempt(lambda ledger: ledger.note("written", {domain.encode(): day}, day))


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("jane@partner.example", WRITTEN),
        ("JANE@Partner.Example", WRITTEN),
        ("jane@mail.partner.example", REFUSED),
        ("jane@old.example", REFUSED),
        ("jane@other.example", REFUSED),
        ("", REFUSED),
    ],
)
def test_whom_our_users_wrote_to_is_told_first(host, sender, expected):
    host.time = 1e9
    host.start()
    note_domain(host, "partner.example", 89)
    note_domain(host, "old.example", 90)
    assert host.decide(BAD, sender) == expected


def test_and_then_refused_whatever_it_claims(host):
    host.time = 1e9
    host.start()
    note_domain(host, "partner.example")
    assert host.decide(BAD, "jane@partner.example") == WRITTEN
    later(host, 25 * HOURS)
    assert host.decide(BAD, "jane@partner.example") == REFUSED


def test_switched_off_nobody_is_told_first(host):
    note_domain(host, "partner.example")
    host.policy = replace(POLICY, written_to_days=0)
    host.start()
    assert host.decide(BAD, "jane@partner.example") == REFUSED


def test_notes_are_bounded_and_ipv6_washes_out_no_ipv4(patient):
    patient.memory.drawer.attempt(
        lambda ledger: ledger.note("warned6", {b"%09d" % n: int(1e6) + n for n in range(9000)}, 0)
    )
    assert patient.decide(BAD) == WARNED
    later(patient, 25 * HOURS)
    later(patient, 700)
    assert patient.memory.drawer.attempt(lambda ledger: ledger.count("warned6")) == 5000
    assert patient.decide(BAD) == REFUSED

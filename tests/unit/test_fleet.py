# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that share: who takes what from whom, and whom they do not believe."""

import json
import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ptrgate.fleet import seal
from ptrgate.fleet.agree import MOST, Moment, agree, noticed
from ptrgate.fleet.learnt import BadBatch, Learnt, batches
from ptrgate.fleet.learnt import read as read_batch
from ptrgate.fleet.record import AHEAD, BadRecord, granted, read, table, written
from ptrgate.judge.policy import Policy, load
from ptrgate.judge.token import Keys
from ptrgate.judge.words import Finding
from ptrgate.shared.grants import read_grant
from ptrgate.shared.places import place_of, warning_of
from tests.unit.fleet import KEYS, STRANGERS, Host, Shelf, in_step

TODAY = date(2026, 11, 24)
NOW = 1_795_000_000_000  # milliseconds
HERE = Moment("mx1", NOW, TODAY, undated=NOW)
POLICY = Policy.default()


def grant(name="a", network="198.51.100.20/32", days=3, **words):
    expires = str(TODAY + timedelta(days=days))
    fields = {"id": name, "network": network, "owner": "jane", "reason": "why", "expires": expires}
    return read_grant(fields | words, "it")


def record(name="a", at=NOW, host="mx2", **words):
    return granted(grant(name, **words), at, host)


def taken_back(one, at=NOW, host="mx2"):
    return replace(one, at=at, host=host, grant=None)


def by_id(*records):
    return {one.id: one for one in records}


OLD, NEW = record(at=NOW - 9), record(at=NOW - 1, days=5)


@pytest.mark.parametrize(
    ("known", "theirs", "take", "give"),
    [
        pytest.param([], [OLD], [OLD], [], id="what is new there is taken"),
        pytest.param([OLD], [], [], [OLD], id="what is new here is given"),
        pytest.param([OLD], [OLD], [], [], id="what both know is left alone"),
        pytest.param([OLD], [NEW], [NEW], [], id="the later change is taken"),
        pytest.param([NEW], [OLD], [], [NEW], id="an earlier one is not, and is told better"),
        pytest.param([OLD], [taken_back(OLD)], [taken_back(OLD)], [], id="taken back there"),
        pytest.param(
            [taken_back(OLD)], [OLD], [], [taken_back(OLD)], id="taken back, and said again"
        ),
        pytest.param([], [taken_back(OLD)], [], [], id="taken back before it was heard of"),
        pytest.param(
            [replace(OLD, host="mx1")], [replace(NEW, at=OLD.at)], [replace(NEW, at=OLD.at)], [],
            id="two at the same moment: the host's name decides",
        ),
    ],
)  # fmt: skip
def test_of_two_changes_the_later_holds(known, theirs, take, give):
    found = agree(by_id(*known), by_id(*theirs), POLICY, HERE)
    assert (list(found.take), list(found.give), found.refused) == (take, give, {})


def test_what_was_taken_back_elsewhere_is_known_and_cannot_be_said_again():
    found = agree({}, by_id(taken_back(OLD)), POLICY, HERE)
    assert agree(found.known, by_id(OLD), POLICY, HERE).take == ()


INVENTORY = """
help_url = "http://help.company.example/"
[[exemptions]]
id = "partner"
network = "198.51.100.40/30"
"""


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        pytest.param(record(days=91), "which is 90 days", id="longer than anybody may"),
        pytest.param(record(network="0.0.0.0/0"), "large part of the Internet", id="everybody"),
        pytest.param(record(network="2000::/3"), "large part of the Internet", id="over IPv6"),
        pytest.param(record("partner"), "in the inventory", id="the inventory's own id"),
    ],
)
def test_the_limits_of_this_host_hold_for_what_others_say(theirs, words):
    policy = load(INVENTORY, source="policy")
    found = agree({}, by_id(theirs), policy, HERE)
    assert (found.take, found.known) == ((), {})
    assert words in found.refused[theirs.id]


def test_there_is_an_end_to_what_is_taken_and_what_is_known_can_still_be_taken_back():
    many = by_id(*(record(f"n{number}") for number in range(MOST)))
    more = record("more")
    assert agree(many, by_id(more), POLICY, HERE).refused == {"more": f"there are {MOST} already"}
    back = taken_back(many["n7"], at=NOW + 1)
    assert agree(many, by_id(back), POLICY, HERE).take == (back,)


@pytest.mark.parametrize(
    ("known", "ours", "expected"),
    [
        pytest.param([], [grant()], [("a", NOW, True)], id="made here"),
        pytest.param(
            [], [grant(made="2026-11-01T00:00:00Z")], [("a", 1793491200000, True)],
            id="made before it was shared",
        ),
        pytest.param(
            [], [grant(made="2031-01-01T00:00:00Z")], [("a", NOW, True)], id="made in the future"
        ),
        pytest.param([OLD], [OLD.grant], [("a", OLD.at, True)], id="unchanged"),
        pytest.param([OLD], [grant(days=1)], [("a", NOW, True)], id="changed here"),
        pytest.param([OLD], [], [("a", NOW, False)], id="taken back here"),
        pytest.param(
            [record(at=NOW + 50)], [], [("a", NOW + 51, False)],
            id="by a slow clock, and yet after what it knew of",
        ),
        pytest.param([OLD], None, [("a", OLD.at, True)], id="the file is lost: no order"),
        pytest.param([replace(OLD, until=TODAY - timedelta(days=1))], [], [], id="long over"),
    ],
)  # fmt: skip
def test_what_changed_on_this_host(known, ours, expected):
    found = noticed(by_id(*known), ours, HERE)
    assert [(one.id, one.at, bool(one.grant)) for one in found.values()] == expected


def test_a_record_comes_back_as_it_was():
    rich = record(ticket="#7", recipient="jané@company.example", made="2026-11-01T00:00:00Z")
    for one in (OLD, taken_back(OLD), rich):
        assert read("a", written(one, KEYS), KEYS, NOW) == one


def forged(**changes):
    return seal.sealed(json.dumps(table(OLD) | changes), seal.EXEMPTION, KEYS)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(b"", "not signed", id="nothing"),
        pytest.param(b"\xff" * 80, "not signed", id="noise"),
        pytest.param(written(OLD, KEYS)[69:], "not signed", id="the signature cut off"),
        pytest.param(written(OLD, STRANGERS), "signature is wrong", id="a stranger's key"),
        pytest.param(written(OLD, KEYS).replace(b".20", b".21"), "is wrong", id="another address"),
        pytest.param(b"2" + written(OLD, KEYS)[1:], "key is not known", id="another key's number"),
        pytest.param(b"19" + written(OLD, KEYS)[1:], "key is not known", id="no number of a key"),
        pytest.param(
            seal.sealed(json.dumps(table(OLD)), seal.LEARNT, KEYS), "signature is wrong",
            id="signed as something else",
        ),
        pytest.param(b"1." + b"0" * 5000, "more than 4096 octets", id="endless"),
        pytest.param(seal.sealed("[" * 3000, seal.EXEMPTION, KEYS), "no JSON", id="nested"),
        pytest.param(forged(more=1), "other fields", id="a field too many"),
        pytest.param(forged(at="soon"), "no id, time", id="no time"),
        pytest.param(forged(at=True), "no id, time", id="a truth for a time"),
        pytest.param(forged(host="a\nb"), "no id, time", id="a name of two lines"),
        pytest.param(forged(until="2099-01-01"), "contradicts itself", id="another end"),
        pytest.param(forged(id="b"), "contradicts itself", id="two ids"),
        pytest.param(forged(grant={"id": "a"}), "found", id="an exemption without an owner"),
        pytest.param(
            written(replace(OLD, at=NOW + AHEAD + 1000), KEYS), "301 s from now", id="the future"
        ),
    ],
)  # fmt: skip
def test_what_the_fleet_has_not_written_is_not_believed(octets, why):
    with pytest.raises(BadRecord, match=why):
        read("a", octets, KEYS, NOW)


def test_a_record_in_another_ones_place_is_not_believed():
    with pytest.raises(BadRecord, match="it is about a"):
        read("b", written(OLD, KEYS), KEYS, NOW)


def test_every_key_that_is_known_verifies_and_the_first_signs():
    both = Keys.read(f"2 {'ef' * 32}\n1 {'ab' * 32}")
    assert read("a", written(OLD, KEYS), both, NOW) == OLD
    assert written(OLD, both).startswith(b"2.")


PASSED = {place_of("192.0.2.1"): 490_000, place_of("2001:db8::1"): 490_001}
TOLD = {warning_of("192.0.2.9", Finding.FORGED): 1_764_000_000}


def test_what_was_learnt_comes_back_as_it_was_in_small_batches():
    many = {place_of(f"198.18.{n // 256}.{n % 256}"): 490_000 for n in range(1200)}
    read_back = [
        read_batch(one, KEYS, NOW / 1000) for one in batches(Learnt(PASSED | many, TOLD), KEYS)
    ]
    assert [len(one.passed) for one in read_back] == [500, 500, 202]
    assert read_back[0].told == TOLD
    assert {p: at for one in read_back for p, at in one.passed.items()} == PASSED | many


def batch(**parts):
    return seal.sealed(json.dumps({"passed": {}, "told": {}} | parts), seal.LEARNT, KEYS)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(next(batches(Learnt(PASSED), STRANGERS)), "is wrong", id="a stranger's"),
        pytest.param(written(OLD, KEYS), "is wrong", id="an exemption"),
        pytest.param(b"1." + b"0" * 70_000, "more than 65536", id="endless"),
        pytest.param(batch(passed={"a b": 1}), "no batch", id="no address"),
        pytest.param(batch(passed={"192.0.2.1": 999_999_999}), "no batch", id="the future"),
        pytest.param(batch(passed={"192.0.2.1": "1"}), "no batch", id="no number"),
        pytest.param(batch(passed=[1]), "no batch", id="a list"),
        pytest.param(batch(told={"written:00": 1}), "no batch", id="another table"),
        pytest.param(batch(told={"warned4:0011": 1}), "no batch", id="no address in the key"),
        pytest.param(batch(told={"warned4:c000020109": 1}), "no batch", id="no finding"),
        pytest.param(
            batch(passed={f"198.18.{n // 256}.{n % 256}": 1 for n in range(501)}), "no batch",
            id="too many",
        ),
    ],
)  # fmt: skip
def test_a_batch_that_the_fleet_has_not_written_is_not_believed(octets, why):
    with pytest.raises(BadBatch, match=why):
        read_batch(octets, KEYS, NOW / 1000)


@pytest.fixture
def fleet(tmp_path):
    """Three hosts and their store."""
    shelf = Shelf()
    return [Host(tmp_path, name, shelf) for name in ("mx1", "mx2", "mx3")]


def test_an_exemption_made_on_one_host_holds_on_all_and_is_taken_back_on_all(fleet):
    one, two, three = fleet
    in_step(*fleet)
    one.add("198.51.100.20")
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [{"198-51-100-20"}] * 3
    assert "exemption 198-51-100-20 is let in here too, as 'mx1' says" in three.said
    assert two.exempt("remove", "198-51-100-20") == 0
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [set()] * 3


def test_one_that_is_ended_is_ended_on_all(fleet):
    one, two, _ = fleet
    one.add("198.51.100.20")
    in_step(*fleet)
    assert two.exempt("expire", "198-51-100-20") == 0
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [set()] * 3


def test_a_host_on_its_own_keeps_its_orders_and_hears_the_others_later(fleet):
    one, two, _ = fleet
    one.add("198.51.100.20")
    one.add("198.51.100.21")
    in_step(*fleet)
    one.shelf.away = "Timeout"
    assert one.exempt("remove", "198-51-100-20") == 0
    two.add("198.51.100.30")
    in_step(*fleet)
    assert (one.lets_in(), two.lets_in()) == (
        {"198-51-100-21"}, {"198-51-100-20", "198-51-100-21", "198-51-100-30"},
    )  # fmt: skip
    one.shelf.away = ""
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [{"198-51-100-21", "198-51-100-30"}] * 3


def test_the_loss_of_the_store_is_one_line_and_so_is_its_return(fleet):
    one = fleet[0]
    one.once()
    one.shelf.away = "Connection refused"
    for _ in range(5):
        one.once()
    lost = [words for words in one.said if "Connection refused" in words]
    assert lost == [
        "nothing is shared with the fleet: Connection refused; what is known here holds"
    ]
    assert (one.status.connected, one.status.synced > 0) == (False, True)
    one.shelf.away = ""
    one.once()
    assert one.said.count("in step with the fleet") == 2


def test_it_tries_less_and_less_often_and_never_gives_up(fleet):
    host = fleet[0].keeper
    host.store.away = "away"
    waits = []
    for _ in range(8):
        host._again = 0.0
        began = time.monotonic()
        host.once()
        waits.append(host._again - began)
    assert all(wait <= 15.1 for wait in waits)
    assert waits[-1] > 7
    assert waits[0] <= 1.1


def test_a_store_that_forgot_everything_is_told_again(fleet):
    one = fleet[0]
    one.add("198.51.100.20")
    one.books.memory.passed("192.0.2.1")
    one.books.memory.flush()
    in_step(*fleet)
    one.shelf.forget()
    in_step(*fleet)
    assert set(one.shelf.hash) == {"198-51-100-20"}
    assert one.shelf.stream
    assert [host.lets_in() for host in fleet] == [{"198-51-100-20"}] * 3


def test_a_lost_file_is_no_order_to_take_everything_back(fleet):
    one, two, _ = fleet
    one.add("198.51.100.20")
    in_step(*fleet)
    two.file.unlink()
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [{"198-51-100-20"}] * 3


def test_a_damaged_file_is_left_alone_and_is_no_order_either(fleet):
    one, two, three = fleet
    one.add("198.51.100.20")
    in_step(*fleet)
    two.file.write_text("{")
    one.add("198.51.100.21")
    in_step(*fleet)
    told = one.shelf.count
    in_step(*fleet)
    assert (two.file.read_text(), one.shelf.count) == ("{", told)
    assert three.lets_in() == {"198-51-100-20", "198-51-100-21"}
    assert sum("nothing of the fleet is taken" in words for words in two.said) == 1
    two.file.unlink()
    in_step(*fleet)
    assert two.lets_in() == {"198-51-100-20", "198-51-100-21"}


def test_what_was_imported_without_a_date_comes_back_no_more_either(fleet):
    one, two, _ = fleet
    one.add("198.51.100.20")
    undated = json.loads(one.file.read_text())
    for entry in undated["exemptions"]:
        del entry["made"], entry["by"]
    in_step(*fleet)
    assert one.exempt("remove", "198-51-100-20") == 0
    one.once()
    two.file.write_text(json.dumps(undated))
    (two.state / "fleet.json").unlink()
    two.start()
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [set()] * 3


@pytest.mark.parametrize("content", ["", "{", '{"exemptions": [{"id": 1}]}', "[" * 100_000])
def test_a_host_that_forgot_what_it_knew_brings_nothing_back(fleet, content):
    one, two, _ = fleet
    one.add("198.51.100.20")
    in_step(*fleet)
    (two.state / "fleet.json").write_text(content)
    assert one.exempt("remove", "198-51-100-20") == 0
    one.once()
    two.start()
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [set()] * 3


def test_a_stranger_who_reaches_the_store_exempts_nobody_and_takes_nothing_back(fleet, tmp_path):
    one, two, _ = fleet
    one.add("198.51.100.20")
    in_step(*fleet)
    stranger = Host(tmp_path, "stranger", one.shelf, STRANGERS)
    stranger.add("203.0.113.99")
    stranger.add("198.51.100.20")
    assert stranger.exempt("remove", "198-51-100-20") == 0
    stranger.once()
    in_step(*fleet)
    assert [host.lets_in() for host in fleet] == [{"198-51-100-20"}] * 3
    said = [words for words in two.said if "203-0-113-99" in words]
    assert said == ["exemption '203-0-113-99' of the store is refused: its signature is wrong"]
    two.keeper._noted = (0.0, None)
    two.once()
    assert two.status.strange >= 1


def test_whoever_passed_at_one_host_is_remembered_at_the_others(fleet):
    one, two, _ = fleet
    in_step(*fleet)
    assert not two.books.memory.recall("192.0.2.1")
    for address in ("192.0.2.1", "2001:db8::25"):
        one.books.memory.passed(address)
    one.books.memory.flush()
    in_step(*fleet)
    two.start()
    assert two.books.memory.recall("192.0.2.1")
    assert two.books.memory.recall("2001:db8::25")
    assert not two.books.memory.recall("2001:db8::26")
    before = len(one.shelf.stream)
    in_step(*fleet)
    assert len(one.shelf.stream) == before  # nobody says again what it heard


def test_what_a_host_lost_sight_of_itself_others_do_not_bring_back(fleet):
    one, two, _ = fleet
    for host in (one, two):
        host.books.memory.passed("192.0.2.1")
        host.books.memory.flush()
    in_step(*fleet)
    one.books.memory.lost("192.0.2.1", one.books.memory.recall("192.0.2.1"))
    one.books.memory.flush()
    in_step(*fleet)
    assert one.books.memory.recall("192.0.2.1").lost
    one.books.memory.forget("192.0.2.1")
    in_step(*fleet)
    one.start()
    assert not one.books.memory.recall("192.0.2.1")


def test_hours_before_a_refusal_run_once_for_the_whole_fleet(fleet):
    one, two, _ = fleet
    in_step(*fleet)
    one.books.courtesy.warned("192.0.2.9", Finding.NO_PTR)
    one.books.courtesy.flush()
    one.books.courtesy.flush()
    in_step(*fleet)
    time.sleep(1.1)  # notes are in whole seconds
    assert two.books.courtesy.warned_for("192.0.2.9", Finding.NO_PTR) >= 1
    assert two.books.courtesy.warned_for("192.0.2.9", Finding.FORGED) == 0


ANYBODY = 'help_url = "http://help.company.example/"\n'
NOBODY = f"{ANYBODY}[memory]\ndays = 0\n"


def test_a_host_that_remembers_nobody_takes_no_memory(tmp_path):
    shelf = Shelf()
    one = Host(tmp_path, "one", shelf)
    nobody = Host(tmp_path, "two", shelf, policy=NOBODY)
    one.books.memory.passed("192.0.2.1")
    one.books.memory.flush()
    in_step(one, nobody)
    nobody.policy_file.write_text(ANYBODY)
    nobody.start()
    assert not nobody.books.memory.recall("192.0.2.1")


def test_a_tidied_store_forgets_what_is_long_over():
    over = replace(taken_back(OLD), until=TODAY - timedelta(days=1))
    assert agree({}, by_id(over), POLICY, HERE).gone == ("a",)

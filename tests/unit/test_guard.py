# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits for the gate never expires; what others hold stays held."""

import pytest

from ptrgate.outbound.gate import Rung
from ptrgate.outbound.guard import Guard
from ptrgate.outbound.mail import PostfixFailed
from tests.unit.postfix import DAY, FakePostfix

NOW = 1_800_000_000
HALF = NOW - 2.5 * DAY
ELSEWHERE = "connect to inner.example.org[192.0.2.30]:25: Connection refused"
CLOSED_FAMILY = "server configuration error"


@pytest.fixture
def postfix():
    return FakePostfix()


@pytest.fixture
def guard(tmp_path, postfix):
    return Guard(tmp_path / "guarded.json", postfix)


@pytest.mark.parametrize(
    ("arrival", "message", "queue"),
    [
        pytest.param(HALF, {}, "hold", id="half of its time is over"),
        pytest.param(HALF + 1, {}, "deferred", id="a second before"),
        pytest.param(NOW - DAY, {"sender": ""}, "hold", id="a notice has its own lifetime"),
        pytest.param(NOW - DAY + 1, {"sender": ""}, "deferred", id="and that is not over"),
        pytest.param(NOW - 9 * DAY, {"why": ELSEWHERE}, "deferred", id="waits for somebody else"),
        pytest.param(HALF, {"why": CLOSED_FAMILY}, "hold", id="waits for a closed family"),
    ],
)
def test_what_is_held(guard, postfix, arrival, message, queue):
    postfix.wait("A", arrival, **message)
    guard.tend(Rung.HOLD, NOW)
    assert postfix.where() == {"A": queue}


def test_it_is_counted_and_named(guard, postfix):
    postfix.wait("OLD", HALF)
    postfix.wait("NEW", NOW)
    postfix.wait("OTHER", NOW - 9 * DAY, why=ELSEWHERE)
    tended = guard.tend(Rung.HOLD, NOW)
    assert (tended.held, tended.kept.waiting, tended.kept.guarded) == (("OLD",), 2, 1)
    assert tended.kept.oldest == HALF
    assert [one.queue_id for one in guard.guarded()] == ["OLD"]
    again = guard.tend(Rung.HOLD, NOW + 60)
    assert (again.held, again.kept) == ((), tended.kept)


def test_opening_releases_what_the_guard_held_and_nothing_else(guard, postfix):
    postfix.wait("OPERATORS", HALF)
    postfix.hold(["OPERATORS"])
    postfix.wait("OURS", HALF)
    guard.tend(Rung.HOLD, NOW)
    assert guard.tend(Rung.DIRECT, NOW).released == ("OURS",)
    assert postfix.where() == {"OPERATORS": "hold", "OURS": "incoming"}
    assert guard.tend(Rung.DIRECT, NOW).released == guard.guarded() == ()


def test_another_message_with_the_same_queue_id_stays_held(guard, postfix):
    postfix.wait("A", HALF)
    guard.tend(Rung.HOLD, NOW)
    postfix.messages.clear()
    postfix.wait("A", HALF + 7)
    postfix.hold(["A"])
    assert guard.tend(Rung.DIRECT, NOW).released == ()
    assert postfix.where() == {"A": "hold"}


def test_what_an_operator_let_go_is_held_again(guard, postfix):
    postfix.wait("A", HALF)
    guard.tend(Rung.HOLD, NOW)
    postfix._move(["A"], "hold", "deferred")
    assert guard.tend(Rung.HOLD, NOW).held == ("A",)


@pytest.mark.parametrize("rung", [Rung.DIRECT, Rung.SMARTHOST])
def test_an_open_gate_holds_nothing(guard, postfix, rung):
    postfix.wait("A", HALF)
    guard.tend(rung, NOW)
    assert postfix.where() == {"A": "deferred"}


def test_a_family_that_stays_closed_keeps_what_waits_for_it(guard, postfix):
    postfix.wait("A", HALF, why=CLOSED_FAMILY)
    assert guard.tend(Rung.IPV4, NOW).held == ("A",)
    assert guard.tend(Rung.IPV4, NOW).released == ()
    assert guard.tend(Rung.HOLD, NOW).released == ()
    assert guard.tend(Rung.DIRECT, NOW).released == ("A",)


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"messages": [{}]}', '{"messages": 1}'])
def test_a_damaged_list_releases_nothing(guard, postfix, tmp_path, damage):
    postfix.wait("A", HALF)
    guard.tend(Rung.HOLD, NOW)
    (tmp_path / "guarded.json").write_text(damage)
    assert guard.tend(Rung.DIRECT, NOW).released == ()
    assert postfix.where() == {"A": "hold"}


def test_what_is_held_is_named_before_it_is_held(guard, postfix, monkeypatch):
    postfix.wait("A", HALF)

    def dies(_ids):
        raise PostfixFailed("killed")

    monkeypatch.setattr(postfix, "hold", dies)
    with pytest.raises(PostfixFailed):
        guard.tend(Rung.HOLD, NOW)
    assert [one.queue_id for one in guard.guarded()] == ["A"]

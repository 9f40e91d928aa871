# SPDX-License-Identifier: GPL-3.0-or-later
"""When DNS is believed: the state machine, and its state among workers."""

import json
import time
from dataclasses import replace

import pytest

from ptrgate.shared import breaker
from ptrgate.shared.board import FILE_NAME, Board, parse
from ptrgate.shared.breaker import Asked, Cause, Heard, Report, State

RIGHT, WRONG, SILENT = Heard.RIGHT, Heard.WRONG, Heard.SILENT
ARMED = State(armed=("a", "b"), right=1000.0)


def rounds(state, *answers):
    """Apply rounds, each (time, what is heard of a, of b); None is not asked."""
    for now, *heard in answers:
        asked = [
            Asked(name, one, "no name") for name, one in zip("abc", heard, strict=False) if one
        ]
        state = breaker.after_round(state, now, now, asked)
    return state


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        pytest.param([(1001, RIGHT)], "", id="the first is right: the others need not be asked"),
        pytest.param([(1001, WRONG, RIGHT)], "", id="one is wrong, as is a lost PTR of our own"),
        pytest.param([(1001, SILENT, RIGHT)], "", id="one is silent"),
        pytest.param([(1001, WRONG, WRONG)], "lies", id="all are wrong"),
        pytest.param([(1001, WRONG, SILENT)], "lies", id="none is right and one is wrong"),
        pytest.param([(1001, SILENT, SILENT)], "", id="silence proves nothing"),
        pytest.param(
            [(1001, SILENT), (1002, SILENT), (1003, SILENT)], "", id="nor do three in haste"
        ),
        pytest.param([(1001, SILENT), (1040, SILENT)], "", id="nor do two rounds"),
        pytest.param(
            [(1001, SILENT), (1016, SILENT), (1031, SILENT)], "silence", id="long silence does"
        ),
        pytest.param(
            [(1001, SILENT), (1016, RIGHT), (1031, SILENT), (1032, SILENT)], "",
            id="a right answer ends a silence",
        ),
    ],
)  # fmt: skip
def test_canaries(answers, cause):
    assert rounds(ARMED, *answers).cause == cause


@pytest.mark.parametrize("heard", [WRONG, SILENT])
def test_a_canary_that_was_never_right_proves_nothing(heard):
    state = rounds(State(), *[(now, heard, heard) for now in (1, 20, 40, 60)])
    assert (state.is_open, state.armed) == (False, ())


def test_one_is_armed_by_its_first_right_answer_and_stays_so():
    state = rounds(State(), (1, RIGHT, WRONG), (2, WRONG, RIGHT))
    assert (state.armed, state.missed, state.is_open) == (("a", "b"), ("a",), False)
    assert rounds(state, (3, WRONG, WRONG)).is_open


LYING = rounds(ARMED, (1001, WRONG, WRONG))


@pytest.mark.parametrize(
    ("answers", "is_open"),
    [
        pytest.param([(1010, RIGHT)], True, id="one right answer is not enough"),
        pytest.param([(1010, RIGHT), (1069, RIGHT)], True, id="nor is less than a minute"),
        pytest.param([(1010, RIGHT), (1040, RIGHT), (1070, RIGHT)], False, id="a minute is"),
        pytest.param(
            [(1010, RIGHT), (1040, WRONG), (1050, RIGHT), (1070, RIGHT)], True,
            id="a lie between begins it anew",
        ),
        pytest.param([(1010, RIGHT), (1040, SILENT), (1070, RIGHT)], True, id="so does silence"),
    ],
)  # fmt: skip
def test_recovery(answers, is_open):
    assert rounds(LYING, *answers).is_open is is_open


def test_after_mere_silence_one_right_answer_is_enough():
    state = rounds(ARMED, (1001, SILENT), (1016, SILENT), (1031, SILENT))
    assert [state.is_open, rounds(state, (1041, RIGHT)).is_open] == [True, False]


def lose(state, count, now=1001.0, distinct=True):
    for number in range(count):
        state = breaker.after_loss(state, f"192.0.2.{number if distinct else 1}", now + number)
    return state


def seen(state, **numbers):
    return breaker.after_report(state, "1", Report(at=1000.0, **numbers))


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        pytest.param(lose(seen(ARMED), 9), "", id="nine are too few"),
        pytest.param(lose(seen(ARMED), 10), "senders", id="ten of ten are not"),
        pytest.param(lose(seen(ARMED), 50, distinct=False), "", id="one that comes fifty times is"),
        pytest.param(lose(seen(ARMED, returned=40), 10), "", id="ten of fifty are one in five"),
        pytest.param(lose(seen(ARMED, returned=39), 10), "senders", id="of fewer they are more"),
        pytest.param(lose(lose(seen(ARMED), 9), 1, 1700.0), "", id="ten within an hour are few"),
    ],
)
def test_known_good_senders_that_come_back_without_a_name(state, cause):
    assert state.cause == cause


def test_a_lost_sender_that_has_its_name_back_is_not_lost():
    state = breaker.after_return(lose(ARMED, 9), "192.0.2.1")
    assert lose(state, 1, distinct=False).cause == Cause.NONE


def test_senders_lost_to_a_lie_do_not_keep_it_open():
    state = rounds(lose(LYING, 30), (1040, RIGHT), (1100, RIGHT))
    assert not state.is_open


def test_senders_that_opened_it_keep_it_open_until_they_are_forgotten():
    state = rounds(lose(ARMED, 10), (1040, RIGHT), (1110, RIGHT))
    assert state.is_open
    assert not rounds(state, (1620, RIGHT)).is_open


def test_the_worst_flood_of_losses_stays_bounded():
    state = ARMED
    for number in range(1500):
        state = breaker.after_loss(state, str(number), 1001.0)
    assert len(state.lost) == breaker.MOST_LOST


@pytest.mark.parametrize(
    ("clients", "crowd"),
    [
        pytest.param({"private": 1, "public": 0}, None, id="one probe from a private network"),
        pytest.param({"private": 49, "public": 0}, None, id="few clients"),
        pytest.param({"private": 50, "public": 50}, None, id="half of them"),
        pytest.param({"private": 51, "public": 49}, (51, 100), id="most of a hundred"),
    ],
)
def test_hidden_clients(clients, crowd):
    assert breaker.hidden(seen(ARMED, **clients), 50) == crowd
    assert not seen(ARMED, **clients).is_open


def test_one_worker_asks_when_a_round_is_due():
    one = breaker.claimed(replace(ARMED, due=1030.0), 1031.0)
    assert (one.due, breaker.claimed(one, 1032.0)) == (1061.0, one)


# the file of the workers


def board(path):
    told = []
    return Board(path, told.append), told


def test_workers_and_their_successors_share_one_state(tmp_path):
    one, _ = board(tmp_path)
    two, _ = board(tmp_path)
    began = time.monotonic() - 10
    one.change(lambda state: rounds(state, (began, RIGHT, RIGHT)))
    two.change(lambda state: rounds(lose(state, 3, began), (began, WRONG, WRONG)))
    later, told = board(tmp_path)
    assert (one.read(), later.read()) == (two.read(), two.read())
    assert (later.read().cause, len(later.read().lost), told) == (Cause.LIES, 3, [])


@pytest.mark.parametrize(
    "octets",
    [b"", b"\xff" * 500, b"{}", b"[1]", b"[" * 90_000, b'{"cause": 3}', b"null"],
    ids=["empty", "no text", "no keys", "a list", "deep", "wrong types", "null"],
)
def test_a_damaged_file_is_the_beginning(tmp_path, octets):
    (tmp_path / FILE_NAME).write_bytes(octets)
    shared, told = board(tmp_path)
    assert (shared.read(), told) == (State(), [])
    shared.change(lambda state: replace(state, armed=("a",)))
    assert board(tmp_path)[0].read().armed == ("a",)


def test_without_a_file_each_worker_goes_on_alone(tmp_path):
    alone, told = board(tmp_path / "missing")
    alone.change(lambda state: rounds(replace(state, armed=("a",)), (1, WRONG)))
    assert (alone.read().is_open, len(told)) == (True, 1)


def test_after_a_reboot_no_time_is_later_than_now(tmp_path):
    shared = Board(tmp_path, print, clock=lambda: 1e9)
    shared.change(lambda _: lose(rounds(ARMED, (9e8, WRONG), (9.1e8, RIGHT)), 3, 9e8))
    octets = (tmp_path / FILE_NAME).read_bytes()
    assert json.loads(octets.rstrip(b"\0"))["right"] > 50.0
    state = parse(octets, 50.0)
    assert (state.right, state.calm, state.due, set(state.lost.values())) == (50, 50, 80, {50})

# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate opens after repeated proof, closes after repeated failure, and else stays."""

from dataclasses import replace

import pytest

from ptrgate.judge.words import Diagnosis
from ptrgate.outbound.gate import Mode, Override, Rung, Terms, settle, start, step
from ptrgate.outbound.verdict import VERDICTS, Family, Verdict, together

P, F, U = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
TERMS = Terms(interval=60)
SMARTHOST = Terms(interval=60, smarthost=True)


def walk(*seen, mode=Mode.PROVE, terms=TERMS, every=60.0):
    """Return the state after observations ``every`` seconds apart: v4 alone, or (v4, v6)."""
    state = start(mode, 0.0)
    for number, one in enumerate(seen):
        verdicts = one if isinstance(one, tuple) else (one,)
        observed = {f: v for f, v in zip(Family, verdicts, strict=False) if v is not None}
        state = step(state, observed, 1000.0 + number * every, terms)
    return state


@pytest.mark.parametrize(
    ("seen", "rung"),
    [
        pytest.param([], Rung.HOLD, id="nothing is proved at the start"),
        pytest.param([P], Rung.HOLD, id="one pass is not enough"),
        pytest.param([P, P], Rung.DIRECT, id="two passes open"),
        pytest.param([U, U, U], Rung.HOLD, id="unknown does not open"),
        pytest.param([P, U, P], Rung.DIRECT, id="unknown does not break a row"),
        pytest.param([P, F, P], Rung.HOLD, id="a failure does"),
        pytest.param([P, F, P, P], Rung.DIRECT, id="and the row starts again"),
        pytest.param([P, P, F], Rung.DIRECT, id="one failure does not close"),
        pytest.param([P, P, F, F], Rung.HOLD, id="two do"),
        pytest.param([P, P, F, P, F], Rung.DIRECT, id="flapping does not close"),
        pytest.param([P, P, F, U, F], Rung.HOLD, id="unknown does not pardon"),
        pytest.param([P, P, U, U, U, U], Rung.DIRECT, id="unknown does not close"),
        pytest.param([(P, P)] * 2, Rung.DIRECT, id="both families"),
        pytest.param([(P, F)] * 2, Rung.IPV4, id="IPv6 without PTR"),
        pytest.param([(F, P)] * 2, Rung.IPV6, id="IPv4 without PTR"),
        pytest.param([(P, U)] * 2, Rung.IPV4, id="IPv6 cannot be asked"),
        pytest.param([(P, P)] * 2 + [(P, F)] * 2, Rung.IPV4, id="IPv6 lost"),
        pytest.param([(P, F)] * 2 + [(P, None)] * 3, Rung.IPV4, id="IPv6 route gone, may return"),
        pytest.param([(P, P)] * 2 + [()] * 3, Rung.DIRECT, id="no route at all"),
        pytest.param([(F, F)] * 2, Rung.HOLD, id="neither"),
    ],
)
def test_rung_after_observations(seen, rung):
    assert walk(*seen).rung == rung


def test_passes_in_a_hurry_count_once():
    assert walk(P, P, P, every=10.0).rung == Rung.HOLD
    assert walk(*[P] * 7, every=10.0).rung == Rung.DIRECT


def test_failures_in_a_hurry_count_once():
    state = walk(P, P)
    for second in range(5):
        state = step(state, {Family.IPV4: F}, 2000.0 + second, TERMS)
    assert state.rung == Rung.DIRECT


R = "every server refuses"


@pytest.mark.parametrize(
    ("seen", "closes"),
    [
        pytest.param([R] * 14, None, id="a server that is set up anew"),
        pytest.param([R] * 15, 15, id="one that is not in a quarter of an hour"),
        pytest.param([R, F], None, id="one failure, whatever was refused before"),
        pytest.param([R] * 13 + [F], None, id="and however long"),
        pytest.param([F, R, R], None, id="or after it"),
        pytest.param([R, F, F], 3, id="two close"),
        pytest.param([F, R, U, F], 4, id="a refusal does not pardon"),
        pytest.param([F, R, P, F, R], None, id="a pass does"),
        pytest.param([R] * 14 + [P] + [R] * 14, None, id="a pass ends a row of refusals too"),
    ],
)
def test_refusals_close_later_than_failures_that_are_certain(seen, closes):
    state, rungs = walk(P, P), []
    for minute, one in enumerate(seen):
        lame = frozenset({Family.IPV4} if one is R else ())
        verdict, now = F if one is R else one, 2000.0 + 60 * minute
        state = step(state, {Family.IPV4: verdict}, now, TERMS, refused=lame)
        rungs.append(state.rung)
    assert (rungs.index(Rung.HOLD) + 1 if Rung.HOLD in rungs else None) == closes


def test_a_clock_set_back_does_not_stop_the_counting():
    state = step(start(Mode.PROVE, 0.0), {Family.IPV4: P}, 9e9, TERMS)
    assert step(state, {Family.IPV4: P}, 1000.0, TERMS).rung == Rung.DIRECT


@pytest.mark.parametrize(
    ("seen", "rung"),
    [
        ([F], Rung.SMARTHOST),
        ([P], Rung.SMARTHOST),
        ([P, P], Rung.DIRECT),
        ([P, P, F, F], Rung.SMARTHOST),
        ([(P, F)] * 2, Rung.IPV4),
    ],
)
def test_smarthost_stands_between_the_families_and_hold(seen, rung):
    assert walk(*seen, terms=SMARTHOST).rung == rung


def test_observing_lets_mail_leave_and_says_what_it_would_do():
    state = walk(F, F, mode=Mode.OBSERVE)
    assert (state.rung, state.would) == (Rung.DIRECT, Rung.HOLD)


def test_since_is_when_the_rung_was_reached():
    assert walk(P, P, P, P).since == 1060.0


def test_settling_with_a_new_smarthost_moves_a_held_gate():
    assert settle(walk(F), 5000.0, SMARTHOST).rung == Rung.SMARTHOST


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [([P, P], P), ([P, F], F), ([P, U], U), ([U, F], F), ([], U)],
)
def test_every_address_of_a_family_must_pass(verdicts, whole):
    assert together(verdicts) == whole


def test_every_diagnosis_has_a_verdict():
    assert set(VERDICTS) == set(Diagnosis)
    assert [d for d, v in VERDICTS.items() if v == P] == [Diagnosis.OK]
    assert VERDICTS[Diagnosis.DYNAMIC_NAME] == F


HOUR = 3600


@pytest.mark.parametrize(
    ("rung", "terms", "at", "leaves"),
    [
        pytest.param(Rung.DIRECT, TERMS, 0, Rung.DIRECT, id="although nothing is proved"),
        pytest.param(Rung.DIRECT, TERMS, HOUR - 1, Rung.DIRECT, id="to the last second"),
        pytest.param(Rung.DIRECT, TERMS, HOUR, Rung.HOLD, id="and no longer"),
        pytest.param(Rung.DIRECT, TERMS, -HOUR, Rung.HOLD, id="a clock set back prolongs nothing"),
        pytest.param(Rung.DIRECT, TERMS, -1, Rung.DIRECT, id="a second back is no matter"),
        pytest.param(Rung.SMARTHOST, SMARTHOST, 0, Rung.SMARTHOST, id="by the smarthost"),
        pytest.param(Rung.SMARTHOST, TERMS, 0, Rung.HOLD, id="which is no more"),
    ],
)
def test_an_override_holds_for_its_time(rung, terms, at, leaves):
    override = Override(10 * HOUR, 11 * HOUR, "jane", "we move", rung=rung)
    state = settle(replace(walk(F), override=override), 10.0 * HOUR + at, terms)
    assert state.rung == leaves
    assert (state.override is None) == (leaves == Rung.HOLD)


def test_an_override_holds_mail_that_may_leave_and_counting_goes_on():
    held = Override(0, 72 * HOUR, "jane", "we move", rung=Rung.HOLD)
    state = replace(walk(P), override=held)
    state = step(state, {Family.IPV4: P}, 1060.0, TERMS)
    assert (state.rung, state.would) == (Rung.HOLD, Rung.DIRECT)


def test_an_override_goes_before_observing():
    held = Override(0, 72 * HOUR, "jane", "we move", rung=Rung.HOLD)
    assert settle(replace(walk(F, mode=Mode.OBSERVE), override=held), 9.0, TERMS).rung == Rung.HOLD

# SPDX-License-Identifier: GPL-3.0-or-later
"""State, table and Postfix stay in step, whatever happens in between."""

import json

import pytest

from ptrgate.diagnosis.diagnose import Diagnosed
from ptrgate.judge.words import Diagnosis
from ptrgate.outbound.egress import Egress
from ptrgate.outbound.gate import Mode, Rung
from ptrgate.outbound.keeper import Keeper
from ptrgate.outbound.mail import PostfixFailed
from ptrgate.outbound.proof import Proof
from ptrgate.outbound.report import explain, log_line, status
from ptrgate.outbound.settings import Settings
from ptrgate.outbound.state import BadState
from ptrgate.outbound.verdict import Family

V4 = Egress("192.0.2.25", Family.IPV4, "declared")
V6 = Egress("2001:db8::25", Family.IPV6, "observed")
GOOD = (Proof(V4, Diagnosed(V4.address, Diagnosis.OK)),)
BAD = (Proof(V4, Diagnosed(V4.address, Diagnosis.NO_PTR)),)
SILENT = (Proof(V4, Diagnosed(V4.address, Diagnosis.DNS_FAILURE)),)
MIXED = (*GOOD, Proof(V6, Diagnosed(V6.address, Diagnosis.IPV6_WITHOUT_PTR)))


class FakePostfix:
    """Counts what it is told; ``broken`` makes a reload fail."""

    def __init__(self):
        self.reloads = self.flushes = 0
        self.broken = False

    def reload(self):
        if self.broken:
            raise PostfixFailed("postfix reload: no")
        self.reloads += 1

    def flush(self, *, settle=0.0):
        assert settle >= 0
        self.flushes += 1


class Clock:
    """A clock that goes on a minute whenever it is told to."""

    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def keeper(tmp_path):
    return Keeper(tmp_path, Settings(smarthost=""), FakePostfix(), Clock())


def prove(keeper, *observations):
    """Prove once a minute; return the last change."""
    change = None
    for proofs in observations:
        keeper.clock.now += 60
        change = keeper.prove(proofs)
    return change


def line(keeper):
    return keeper.table_file.read_text()


def test_the_start_is_held(keeper):
    assert keeper.init(Mode.PROVE) is not None
    assert line(keeper) == "/^/ hold:\n"
    assert keeper.postfix.flushes == 0


def test_the_state_is_never_started_twice(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, GOOD, GOOD)
    assert keeper.init(Mode.PROVE) is None
    assert line(keeper) == "/^/ internet:\n"


def test_opening_reloads_once_and_flushes_twice(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, GOOD, GOOD)
    assert (keeper.postfix.reloads, keeper.postfix.flushes) == (2, 1)
    prove(keeper, GOOD, GOOD, GOOD)
    assert (keeper.postfix.reloads, keeper.postfix.flushes) == (2, 2)


def test_nothing_is_reloaded_while_nothing_changes(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, *[BAD] * 5)
    assert keeper.postfix.reloads == 1


def test_closing_holds_without_a_flush(keeper):
    keeper.init(Mode.PROVE)
    change = prove(keeper, GOOD, GOOD, BAD, BAD)
    assert line(keeper) == "/^/ hold:\n"
    assert change.after.flush_again_at is None


def test_one_family(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, MIXED, MIXED)
    assert line(keeper) == "/^/ internet4:\n"


def test_the_smarthost_stands_in_the_line(tmp_path):
    keeper = Keeper(tmp_path, Settings(smarthost="[relay.example.net]:587"), FakePostfix(), Clock())
    keeper.init(Mode.PROVE)
    prove(keeper, BAD)
    assert line(keeper) == "/^/ smarthost:[relay.example.net]:587\n"


def test_a_reload_that_failed_is_made_up_for(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, GOOD)
    keeper.postfix.broken = True
    with pytest.raises(PostfixFailed):
        prove(keeper, GOOD)
    keeper.postfix.broken = False
    prove(keeper, SILENT)
    assert keeper.read().state.rung == Rung.DIRECT
    assert not keeper.read().reload_due
    assert keeper.postfix.reloads == 2


@pytest.mark.parametrize("damage", [None, "/^/ internet:\n", "\x00"])
def test_a_table_that_somebody_changed_is_put_right(keeper, damage):
    keeper.init(Mode.PROVE)
    keeper.table_file.unlink()
    if damage:
        keeper.table_file.write_text(damage)
    change = prove(keeper, SILENT)
    assert line(keeper) == "/^/ hold:\n"
    assert "event=repaired" in log_line(change)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 2}', '{"version": 1}', "null"])
def test_a_damaged_state_changes_nothing(keeper, damage):
    keeper.init(Mode.PROVE)
    keeper.state_file.write_text(damage)
    with pytest.raises(BadState, match="damaged"):
        prove(keeper, GOOD)
    assert line(keeper) == "/^/ hold:\n"
    assert keeper.state_file.read_text() == damage


@pytest.mark.parametrize(
    ("key", "value"), [("rung", "open"), ("mode", 1), ("since", "x"), ("reload_due", 1)]
)
def test_a_state_with_a_wrong_value_is_damaged(keeper, key, value):
    keeper.init(Mode.PROVE)
    data = json.loads(keeper.state_file.read_text())
    keeper.state_file.write_text(json.dumps({**data, key: value}))
    with pytest.raises(BadState, match="damaged"):
        keeper.read()


def test_without_a_state_nothing_is_opened(keeper):
    with pytest.raises(BadState, match="ptrgate gate init"):
        prove(keeper, GOOD)
    assert not keeper.table_file.exists()


def test_observing_ends_by_order_only(keeper):
    keeper.init(Mode.OBSERVE)
    prove(keeper, BAD, BAD, BAD)
    assert line(keeper) == "/^/ internet:\n"
    assert "only observes" in status(keeper.read())
    keeper.enforce()
    assert line(keeper) == "/^/ hold:\n"


def test_a_transition_is_one_line_with_its_evidence(keeper):
    keeper.init(Mode.PROVE)
    assert log_line(prove(keeper, BAD)) == ""
    assert log_line(prove(keeper, GOOD, GOOD)) == (
        "gate event=moved mode=prove from=hold to=direct would=direct "
        'ipv4=open(passes:2,fails:0) evidence="192.0.2.25 pass ok"'
    )


def test_the_explanation_says_whom_to_ask_and_what_comes_next(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, MIXED)
    text = explain(keeper.read(), keeper.terms)
    assert "Please set the PTR record of 2001:db8::25" in text
    assert "ipv4: closed; 1 more passed proof(s) in a row, 60 s apart, open it" in text
    assert "held in the queue" in text

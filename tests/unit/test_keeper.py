# SPDX-License-Identifier: GPL-3.0-or-later
"""State, table and Postfix stay in step, whatever happens in between."""

import errno
import json

import pytest

from ptrgate.diagnosis.diagnose import Diagnosed
from ptrgate.judge.words import Diagnosis
from ptrgate.outbound.egress import Egress
from ptrgate.outbound.gate import Mode, Override, Rung
from ptrgate.outbound.journal import lines
from ptrgate.outbound.keeper import Keeper
from ptrgate.outbound.mail import PostfixFailed
from ptrgate.outbound.proof import Proof
from ptrgate.outbound.report import explain, status
from ptrgate.outbound.settings import Settings
from ptrgate.outbound.state import BadState
from ptrgate.outbound.verdict import Family
from tests.unit.postfix import DAY, Clock, FakePostfix

V4 = Egress("192.0.2.25", Family.IPV4, "declared")
V6 = Egress("2001:db8::25", Family.IPV6, "observed")
GOOD = (Proof(V4, Diagnosed(V4.address, Diagnosis.OK)),)
BAD = (Proof(V4, Diagnosed(V4.address, Diagnosis.NO_PTR)),)
SILENT = (Proof(V4, Diagnosed(V4.address, Diagnosis.DNS_FAILURE)),)
MIXED = (*GOOD, Proof(V6, Diagnosed(V6.address, Diagnosis.IPV6_WITHOUT_PTR)))


@pytest.fixture
def keeper(tmp_path):
    return Keeper(tmp_path, Settings(smarthost=""), FakePostfix(), Clock())


def order(keeper, rung=Rung.DIRECT, hours=4):
    """Override the gate from now on."""
    began = int(keeper.clock.now)
    wanted = Override(began, began + hours * 3600, "jane", 'we "move"', rung=rung)
    return keeper.override(wanted)


def log_line(change):
    return "".join(lines(change))


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


def test_a_gate_that_postfix_does_not_ask_says_so_once(keeper):
    keeper.init(Mode.PROVE)
    keeper.postfix.is_asked = False
    assert log_line(prove(keeper, BAD)).startswith('gate event=bypassed words="Postfix does not')
    assert status(keeper.read()).startswith("Postfix does not ask the gate")
    assert log_line(prove(keeper, BAD)) == ""
    keeper.postfix.is_asked = True
    assert log_line(prove(keeper, BAD)) == 'gate event=asked words="Postfix asks the gate"'


def test_the_explanation_says_whom_to_ask_and_what_comes_next(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, MIXED)
    text = explain(keeper.read(), keeper.terms)
    assert "Please set the PTR record of 2001:db8::25" in text
    assert "ipv4: closed; 1 more passed proof(s) in a row, 60 s apart, open it" in text
    assert "held in the queue" in text


def test_an_override_goes_before_the_proofs_and_ends_by_itself(keeper):
    keeper.init(Mode.PROVE)
    change = order(keeper)
    assert line(keeper).endswith("/^/ internet:\n")
    assert "event=overridden mode=prove from=hold to=direct would=hold" in log_line(change)
    assert "(we 'move'; jane)" in log_line(change)
    assert "OVERRIDDEN: direct until" in status(keeper.read())
    prove(keeper, BAD, BAD)
    assert keeper.read().state.rung == Rung.DIRECT
    keeper.clock.now += 4 * 3600
    assert "event=override_ended mode=prove from=direct to=hold" in log_line(keeper.settle())
    assert line(keeper) == "/^/ hold:\n"


def test_an_override_is_ended_by_order_and_the_proofs_went_on(keeper):
    keeper.init(Mode.PROVE)
    order(keeper, Rung.HOLD)
    prove(keeper, GOOD, GOOD)
    assert line(keeper).endswith("/^/ hold:\n")
    keeper.override(None)
    assert line(keeper) == "/^/ internet:\n"


def test_the_same_order_again_changes_nothing(keeper):
    keeper.init(Mode.PROVE)
    order(keeper)
    keeper.clock.now += 60
    assert log_line(order(keeper)) == ""
    assert "event=overridden" in log_line(order(keeper, hours=5))


def test_an_override_ends_although_the_state_is_lost(keeper):
    keeper.init(Mode.PROVE)
    order(keeper)
    keeper.state_file.write_text("damaged")
    for later, rung in [(0, "internet"), (4 * 3600, "hold")]:
        keeper.clock.now += later
        with pytest.raises(BadState):
            keeper.settle()
        assert line(keeper).endswith(f"/^/ {rung}:\n")


@pytest.fixture
def full_disk(monkeypatch):
    """Return the function that fills the disk: no new file can be made, old ones can be changed."""

    def full(_file, _text, mode):
        raise OSError(errno.ENOSPC, f"No space left on device ({mode:o})")

    def fill():
        for module in ("state", "table", "keeper"):
            monkeypatch.setattr(f"ptrgate.outbound.{module}.put", full)

    return fill


@pytest.mark.parametrize("observations", [[BAD, BAD], [SILENT], [BAD, GOOD, BAD, BAD]])
def test_an_override_ends_although_nothing_can_be_written(keeper, full_disk, observations):
    keeper.init(Mode.PROVE)
    order(keeper)
    full_disk()
    keeper.clock.now += 4 * 3600
    for proofs in observations:
        with pytest.raises(BadState, match="No space left on device"):
            prove(keeper, proofs)
        assert line(keeper) == "/^/ hold:\n"
    assert keeper.postfix.reloads >= 3


def test_a_failure_that_was_counted_closes_although_nothing_can_be_written(keeper, full_disk):
    keeper.init(Mode.PROVE)
    prove(keeper, GOOD, GOOD, BAD)
    full_disk()
    keeper.settle()
    with pytest.raises(BadState, match="opens nothing"):
        prove(keeper, BAD)
    assert line(keeper) == "/^/ hold:\n"


def test_nothing_opens_while_nothing_can_be_written(keeper, full_disk):
    keeper.init(Mode.PROVE)
    prove(keeper, GOOD)
    full_disk()
    for _ in range(3):
        with pytest.raises(BadState):
            prove(keeper, GOOD)
    assert line(keeper) == "/^/ hold:\n"


def test_an_override_is_said_again_every_hour(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, BAD)
    order(keeper)
    said = [log_line(prove(keeper, BAD)) for _ in range(150)]
    assert len([one for one in said if "event=override_stands" in one]) == 2


def test_waiting_mail_is_kept_from_expiring_and_leaves_when_the_gate_opens(keeper):
    keeper.init(Mode.PROVE)
    keeper.postfix.wait("A", keeper.clock.now - 3 * DAY)
    assert "event=guarded messages=1 waiting=1" in log_line(keeper.settle())
    assert "(A). Nothing expires there" in status(keeper.read(), ["A"])
    assert keeper.read().kept.guarded == 1
    assert 'event=released messages=1 words="queued anew: A"' in log_line(prove(keeper, GOOD, GOOD))
    keeper.postfix.messages.clear()
    keeper.settle()
    assert keeper.read().kept.waiting == 0


def test_a_queue_that_cannot_be_read_stops_no_proof(keeper, monkeypatch):
    keeper.init(Mode.PROVE)

    def fails():
        raise PostfixFailed("postqueue: no")

    monkeypatch.setattr(keeper.postfix, "queue", fails)
    assert 'event=guard_failed words="postqueue: no"' in log_line(keeper.settle())
    prove(keeper, GOOD, GOOD)
    assert line(keeper) == "/^/ internet:\n"


def test_a_state_of_an_older_release_is_read(keeper):
    keeper.init(Mode.PROVE)
    data = json.loads(keeper.state_file.read_text())
    for key in ("override", "kept", "moves"):
        del data[key]
    keeper.state_file.write_text(json.dumps(data))
    assert keeper.read().state.override is None


def test_moves_are_counted(keeper):
    keeper.init(Mode.PROVE)
    prove(keeper, GOOD, GOOD, BAD, BAD, SILENT)
    assert keeper.read().moves == 2

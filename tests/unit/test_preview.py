# SPDX-License-Identifier: GPL-3.0-or-later
"""What the next stage would have hit, and which lines of the inventory take it."""

import json
import time

import pytest
import yaml

from ptrgate.cli.frame import main
from ptrgate.cli.proposal import LEAST_SESSIONS, Known, propose
from ptrgate.judge import policy as policies
from ptrgate.judge.stages import KINDS, Step, last_of, next_of, settings, step_of
from ptrgate.judge.words import Finding
from ptrgate.logs.journald import Entry
from ptrgate.logs.seen import organisation, read
from ptrgate.milter import journal
from ptrgate.shared.contacts import Contacts
from ptrgate.shared.memory import Memory
from tests.unit.test_why import JOURNALCTL

NOW = 2_000_000_000.0
DAY = 86400
OBSERVE = 'mode = "observe"\n'
ENFORCE = 'help_url = "http://help.example.org"\n'
V4 = (Finding.NO_PTR, 4)
NOBODY = Known(lambda _: False, lambda _: False)


def policy(text):
    return policies.load(text, source="policy.toml")


def line(address="198.51.100.7", finding="no_ptr", rule="observe", **values):
    family = "v6" if ":" in address else "v4"
    return journal.line(
        {"address": address, "family": family, "finding": finding, "rule": rule, **values}
    )


def seen(*lines, days=7.0, ordinary=LEAST_SESSIONS):
    """Return what was seen: these lines and many good ones, over so many days."""
    good = [line("203.0.113.5", "ok", "default", name="mx.example.net")] * ordinary
    return read(Entry(NOW - days * DAY, "mx", text) for text in (*good, *lines))


def stages(text):
    return {kind: step_of(policy(text), kind) for kind in KINDS}


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (OBSERVE, Step.OBSERVE),
        (ENFORCE + '[actions]\nno_ptr = "log"', Step.OBSERVE),
        (ENFORCE + '[actions]\nno_ptr = "tag"', Step.TAG),
        (ENFORCE + '[actions]\nno_ptr = "defer"', Step.DEFER),
        (ENFORCE + "[defer_hours]\nno_ptr = 24", Step.DEFER),
        (ENFORCE, Step.REFUSE),
    ],
)
def test_the_stage_of_a_policy(text, step):
    assert stages(text)[V4] is step


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_stage_leads_to_what_the_built_in_policy_does(kind):
    step, way = Step.OBSERVE, []
    while (after := next_of(step, kind)) is not step:
        step = after
        way.append(step)
    assert way[-1] is last_of(kind)
    assert last_of(kind) is stages(ENFORCE)[kind]


def engine(lines):
    """Return the policy file that the role would write from these lines of an inventory."""
    said = yaml.safe_load("\n".join(lines))
    text = f'mode = "{said["ptrgate_mode"]}"\n' + ENFORCE
    for finding, families in said["engine_actions"].items():
        text += f"[actions.{finding}]\n" + "".join(f'{k} = "{v}"\n' for k, v in families.items())
    for finding, families in said["engine_defer_hours"].items():
        text += f"[defer_hours.{finding}]\n" + "".join(f"{k} = {v}\n" for k, v in families.items())
    return text


@pytest.mark.parametrize("before", [OBSERVE, ENFORCE, ENFORCE + "[defer_hours]\nforged = 7"])
@pytest.mark.parametrize("step", list(Step))
def test_the_lines_to_paste_make_the_stage_that_they_are_for(before, step):
    wanted = {kind: min(step, last_of(kind)) for kind in KINDS}
    lines = settings(policy(before), wanted)
    assert stages(engine(lines) if lines else before) == wanted


def test_nothing_is_to_paste_where_nothing_changes():
    assert settings(policy(OBSERVE), stages(OBSERVE)) == ()


@pytest.mark.parametrize(
    ("address", "name", "found"),
    [
        ("198.51.100.7", "", "198.51.100.0/24"),
        ("2001:db8:1:2::3", "", "2001:db8:1::/48"),
        ("198.51.100.7", "mx.mail.example.net", "example.net"),
        ("198.51.100.7", "dsl-7.isp.co.uk", "isp.co.uk"),
        ("198.51.100.7", "localhost", "localhost"),
    ],
)
def test_organisations(address, name, found):
    assert organisation(address, name) == found


@pytest.mark.parametrize(
    ("values", "counted"),
    [
        pytest.param({}, 1, id="observed"),
        pytest.param({"rule": "default"}, 1, id="tagged"),
        pytest.param({"rule": "warned"}, 1, id="deferred first"),
        pytest.param({"rule": "paused"}, 1, id="paused"),
        pytest.param({"rule": "exemption:partner"}, 0, id="exempt"),
        pytest.param({"rule": "authenticated"}, 0, id="our own user"),
        pytest.param({"rule": "postmaster"}, 0, id="to postmaster"),
        pytest.param({"rule": "breaker"}, 0, id="found while DNS was not believed"),
        pytest.param({"finding": "forged"}, 0, id="another finding"),
        pytest.param({"finding": "unheard_of"}, 0, id="a word of another release"),
        pytest.param({"address": "2001:db8::1"}, 0, id="the other family"),
    ],
)
def test_what_counts_as_hit(values, counted):
    assert seen(line(**values)).hits[V4].sessions == counted


def proposal(text, found, known=NOBODY, kind=V4):
    return next(one for one in propose(policy(text), found, known, NOW) if one.kind == kind)


def test_sessions_clients_and_organisations_are_counted():
    found = [line(name=""), line(), line("198.51.100.8"), line("192.0.2.1")]
    hits = proposal(OBSERVE, seen(*found)).hits
    assert (hits.sessions, len(hits.clients), len(hits.organisations)) == (4, 3, 2)


@pytest.mark.parametrize(("days", "ordinary"), [(1.0, LEAST_SESSIONS), (7.0, 10), (0.0, 0)])
def test_with_too_little_seen_nothing_is_proposed(days, ordinary):
    found = proposal(OBSERVE, seen(line(), days=days, ordinary=ordinary))
    assert (found.take, found.reason[:19]) == (Step.OBSERVE, "too little was seen")


PARTNER = Known(lambda _: False, lambda domain: domain == "partner.example")
TAGGED = ENFORCE + '[actions]\nno_ptr = "tag"\n'
FIRST = ENFORCE + "[defer_hours]\nno_ptr = 24\n"


@pytest.mark.parametrize(
    ("text", "found", "known", "take"),
    [
        pytest.param(OBSERVE, [line()], NOBODY, Step.TAG, id="nobody is missed"),
        pytest.param(OBSERVE, [line()], Known(lambda _: True, lambda _: False), Step.TAG,
                     id="a tag hits nobody"),
        pytest.param(TAGGED, [line(rule="default")], NOBODY, Step.DEFER, id="tag, then defer"),
        pytest.param(TAGGED, [line(rule="default")], Known(lambda _: True, lambda _: False),
                     Step.TAG, id="a client that is remembered"),
        pytest.param(TAGGED, [line(), line(finding="ok", rule="default")], NOBODY, Step.TAG,
                     id="a client that passed at other times"),
        pytest.param(TAGGED, [line(rule="remembered")], NOBODY, Step.TAG,
                     id="a client that was remembered then"),
        pytest.param(TAGGED, [line(**{"from": "jane@Partner.example"})], PARTNER, Step.TAG,
                     id="mail from whom own users wrote to"),
        pytest.param(TAGGED, [line(**{"from": "jane@other.example"})], PARTNER, Step.DEFER,
                     id="mail from somebody else"),
        pytest.param(FIRST, [line(rule="warned")], NOBODY, Step.REFUSE, id="defer, then refuse"),
        pytest.param(FIRST, [], NOBODY, Step.REFUSE, id="nobody is hit at all"),
        pytest.param(ENFORCE, [line(rule="default")], PARTNER, Step.REFUSE, id="the last stage"),
    ],
)  # fmt: skip
def test_the_next_stage_is_proposed_unless_somebody_would_be_missed(text, found, known, take):
    made = proposal(text, seen(*found), known)
    assert made.take is take, made.reason


def test_ipv6_without_a_name_goes_no_further_than_deferring():
    made = proposal(ENFORCE, seen(), kind=(Finding.NO_PTR, 6))
    assert (made.now, made.take, made.reason) == (Step.DEFER, Step.DEFER, "the last stage")


@pytest.fixture
def preview(tmp_path, monkeypatch, capsys):
    """Call the verb on a host with a journal and a memory."""
    now, ours = time.time(), "_SYSTEMD_UNIT=ptrgate-milter.service"
    lines = [line("203.0.113.5", "ok", "default")] * LEAST_SESSIONS
    lines += [line(f"198.51.100.{n}", name="", **{"from": "a@b.example"}) for n in range(7, 12)]
    lines += [line("192.0.2.9", "forged", name="evil\x1b[31m$(id).example")]
    rows = [[now - 5 * DAY, ours, text] for text in lines]
    program = tmp_path / "journalctl"
    program.write_text(JOURNALCTL)
    program.chmod(0o755)
    (tmp_path / "journalctl.json").write_text(json.dumps(rows))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "policy.toml").write_text(TAGGED)
    (tmp_path / "state").mkdir()
    memory = Memory(tmp_path / "state", days=30, entries=1000, tell=print)
    memory.passed("198.51.100.7")
    memory.flush()
    Contacts(tmp_path / "state").learn(["b.example"], days=90, now=now)
    paths = ["--policy", str(tmp_path / "policy.toml"), "--state", str(tmp_path / "state")]

    def call(*arguments):
        return main(["preview", *arguments, *paths]), capsys.readouterr().out

    return call


def test_the_verb_tells_programs(preview):
    status, said = preview("--json")
    told = json.loads(said)
    first = told["findings"][0]
    assert (status, told["judged"], told["mode"]) == (0, LEAST_SESSIONS + 6, "enforce")
    assert (first["finding"], first["family"], first["stage"]) == ("no_ptr", "v4", "tag")
    assert (first["sessions"], first["clients"], first["organisations"]) == (5, 5, 1)
    assert first["wanted_clients"] == 5
    assert first["wanted"][0] == {
        "address": "198.51.100.7", "why": "passed at other times", "sessions": 1
    }  # fmt: skip
    assert first["wanted"][1]["why"] == "mail from b.example, to which own users wrote"
    assert (first["proposal"], first["changes"]) == ("tag", False)


def test_the_verb_tells_people_and_repeats_no_strangers_octets(preview):
    status, said = preview()
    assert status == 0
    assert "stay at tag: 5 clients with wanted mail would be hit" in said
    assert "198.51.100.7  passed at other times" in said
    assert "\x1b" not in said


def test_without_the_memory_it_says_what_it_cannot_know(preview, tmp_path):
    (tmp_path / "state/memory.db").unlink()
    _, said = preview()
    assert "note: what the milter remembers cannot be read" in said


def test_an_empty_journal_is_too_little(preview, tmp_path):
    (tmp_path / "journalctl.json").write_text("[]")
    status, said = preview()
    assert status == 0
    assert "Nothing to change now." in said

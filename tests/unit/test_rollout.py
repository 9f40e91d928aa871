# SPDX-License-Identifier: GPL-3.0-or-later
"""When a changed host does worse, what stands against a rollout, and whose turn is when."""

import json

import pytest

from filter_plugins.rollout_health import rollout_health
from filter_plugins.rollout_pairs import rollout_pairs
from filter_plugins.rollout_plan import rollout_plan
from ptrgate.cli.rollout_look import queue
from ptrgate.releases import claim
from ptrgate.releases.drain import rules
from ptrgate.releases.host import Refused
from ptrgate.releases.trial import complaints


def test_a_host_that_did_not_answer_is_not_compared_with():
    told = [{"rc": 0, "stdout": f'{{"at": {number}}}'} for number in range(3)]
    gone = {"unreachable": True}
    assert rollout_pairs(
        [told[0], gone, told[1]], [told[1], told[2], {"rc": 70, "stdout": ""}]
    ) == [[{"at": 0}, {"at": 1}]]


QUIET = {"waiting": 0, "oldest": 0, "held": 0}


def look(  # the totals of a host at one moment
    sessions=0, refused=0, deferred=0, *, ms=1, waiting=0, oldest=0, milter="", at=0.0, **more
):
    counted = {
        "sessions": sessions, "refused": refused, "deferred": deferred, "judged": sessions,
        "milliseconds": ms * sessions, "died": 0, "hung": 0, "policy": "",
    } | more  # fmt: skip
    waits = {"waiting": waiting, "oldest": oldest, "held": 0}
    return {"counted": counted, "queue": waits, "milter": milter, "at": at}


def turned(told, rejects, sessions):
    """Return that look with what Postfix itself rejected."""
    return told | {"postfix_itself": {"rejects": rejects, "sessions": sessions}}


PAST = turned(look(1000, 400, 10), 10, 200)


def later(sessions, refused, deferred=0, **more):
    """Return what the host with that past tells when so many more sessions have come."""
    past = PAST["counted"]
    numbers = (past["sessions"] + sessions, past["refused"] + refused, past["deferred"] + deferred)
    total = {"milliseconds": past["milliseconds"] + sessions * more.pop("each", 1)}
    return look(*numbers, at=600.0, **(total | more))


ALIKE = [[look(500, 200), look(700, 280)]]
WORSE_TOO = [[look(500, 200), look(700, 390)]]


@pytest.mark.parametrize(
    ("now", "others", "words"),
    [
        pytest.param(later(100, 42), ALIKE, [], id="as before and as the others"),
        pytest.param(later(100, 90), ALIKE, ["90 of 100 sessions refused"],
                     id="refuses more than before and than the others"),
        pytest.param(later(100, 90), WORSE_TOO, [], id="others do so too: the world"),
        pytest.param(later(100, 90), [], ["90 of 100 sessions refused"],
                     id="alone it is compared with its own past"),
        pytest.param(later(20, 18), ALIKE, [], id="too few came to tell"),
        pytest.param(later(100, 40, 60), ALIKE, ["60 of 100 sessions deferred"],
                     id="defers more"),
        pytest.param(later(100, 10), ALIKE, [], id="refuses less"),
        pytest.param(later(100, 40, each=900), ALIKE, ["judging takes 900 ms"], id="is slow"),
        pytest.param(later(100, 40, each=4), ALIKE, [], id="is a little slower"),
        pytest.param(later(2, 0, died=1), ALIKE, ["a worker died 1 times"], id="a worker dies"),
        pytest.param(turned(later(100, 40), 60, 100), ALIKE,
                     ["Postfix itself rejected in 60 of 100 sessions, before in 10 of 200"],
                     id="Postfix itself rejects more"),
        pytest.param(turned(later(100, 40), 300, 100), [[look(), turned(look(), 99, 100)]], [],
                     id="elsewhere it does so too"),
        pytest.param(turned(later(100, 40), 9, 100), ALIKE, [], id="it rejects a little more"),
        pytest.param(later(20, 8, errors=1), ALIKE, ["an error of the milter's own ended 1 of 20"],
                     id="a session ends by an error of ours"),
        pytest.param(later(0, 0, milter="no answer"), ALIKE, ["the milter does not answer"],
                     id="its milter is gone"),
        pytest.param(later(0, 0, policy="key x"), ALIKE, ["its policy was refused"],
                     id="its supervisor kept the old policy"),
        pytest.param(later(5, 0, waiting=30), ALIKE, ["30 messages more wait"], id="mail waits"),
        pytest.param(later(5, 0, waiting=1, oldest=590), ALIKE, ["the oldest message waits"],
                     id="one message waits since the change"),
        pytest.param(look(80, 30, at=600.0), ALIKE, [], id="counters that begin anew are counted"),
    ],
)  # fmt: skip
def test_a_host_does_worse(now, others, words):
    wrong = rollout_health(now, [PAST, PAST, PAST], others, sample=50)["wrong"]
    assert len(wrong) == len(words), wrong
    assert all(found.startswith(word) for found, word in zip(wrong, words, strict=True))


@pytest.mark.parametrize(
    ("past", "now", "words"),
    [
        pytest.param([look(9000, 0, 6000), look(9100, 0, 6000), look(9100, 0, 6000)],
                     look(9200, 0, 6050), ["50 of 100 sessions deferred, before 0 of 100"],
                     id="a bad day long ago hides nothing"),
        pytest.param([look(1000), look(1100, 0, 50), look(1100, 0, 50)], look(1200, 0, 100), [],
                     id="it was so before the change"),
        pytest.param([look(1000), look(1010), look(1010)], look(1110, 0, 30),
                     ["30 of 100 sessions deferred, before 0 of 1010"],
                     id="too few just before: all of its past counts"),
        pytest.param([look(1000), look(1500), look(1500)], look(1560, 0, 8),
                     ["8 of 60 sessions deferred, before 0 of 500"],
                     id="what the old release did in between is not the new one's"),
        pytest.param([look(1000), look(1100), look(1125, 25)], look(1185, 25), [],
                     id="the refusals that were asked for from outside are nobody's"),
        pytest.param([look(1000), look(1100), look(1100, died=1)], look(1200, died=1),
                     ["a worker died 1 times"], id="a worker that ended at the change is its own"),
        pytest.param([look(1000, errors=9), look(1100, errors=10), look(1100, errors=10)],
                     look(1200, errors=12), [], id="such errors were there before"),
        pytest.param([look(1000, errors=9), look(1100, errors=10), look(1100, errors=10)],
                     look(1200, errors=30),
                     ["an error of the milter's own ended 20 of 100 sessions, before 10 of 1100"],
                     id="many more of them"),
    ],
)  # fmt: skip
def test_the_new_release_answers_for_what_came_since_the_change(past, now, words):
    told = rollout_health(now, past, sample=50)
    assert (told["wrong"], told["enough"]) == (words, True)


def test_enough_sessions_are_told_from_few():
    told = [
        rollout_health(later(number, 0), [PAST] * 3, sample=50)["enough"] for number in (49, 50)
    ]
    assert told == [False, True]


def row(host, **more):
    known = {
        "release": "old", "whole": True, "armed": None, "milter": "", "postfix": "3.10",
        "disk_mb": 900, "queue": QUIET, "counted": {},
    }  # fmt: skip
    place = {"site": "one", "canary": False, "outside": ["other"], "why": "", "missing": []}
    asked = {name: value for name, value in more.items() if name in place}
    seen = {name: value for name, value in more.items() if name in known}
    told = None if more.get("gone") else known | seen
    return {"host": host, "release": "new", "look": told, "differences": [], **(place | asked)}


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        pytest.param([row("a"), row("b")], {"a": "first", "b": "rest"},
                     id="without a label the first host is the canary"),
        pytest.param([row("a"), row("b", canary=True)], {"a": "rest", "b": "first"}, id="by label"),
        pytest.param([row("a", release="new"), row("b")], {"a": "done", "b": "rest"},
                     id="what is done is not done again"),
        pytest.param([row("a", release="new", armed={"release": "old"}), row("b")],
                     {"a": "first", "b": "rest"}, id="what was begun and not finished is"),
    ],
)  # fmt: skip
def test_each_host_has_its_turn(rows, parts):
    assert rollout_plan(rows)["parts"] == parts


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        pytest.param([row("a"), row("b")], "", id="nothing"),
        pytest.param([row("a"), row("b", gone=True)], "b: it cannot be asked", id="no answer"),
        pytest.param([row("a"), row("b", disk_mb=10)], "b: 10 MB free", id="a full disk"),
        pytest.param([row("a"), row("b", whole=False)], "b: what is in use there holds no settings",
                     id="nothing to go back to"),
        pytest.param([row("a"), row("b", queue=QUIET | {"oldest": 180000})],
                     "b: a message waits for 50 h", id="an old queue"),
        pytest.param([row("a"), row("b", missing=["nginx"])], "b: packages are missing (nginx)",
                     id="a package"),
        pytest.param([row("a"), row("b", outside=[])], "b: nobody looks at it from outside",
                     id="nobody outside"),
        pytest.param([row("a"), row("b", site="two")], "a: its site would be without a server",
                     id="a site with one server"),
        pytest.param([row("a"), row("b", milter="gone")], "b: the milter does not answer",
                     id="a server that is ill"),
    ],
)  # fmt: skip
def test_something_stands_against_it(rows, problem):
    problems = rollout_plan(rows)["problems"]
    assert any(one.startswith(problem) for one in problems) if problem else problems == []


def test_a_site_with_one_server_needs_the_operators_word():
    assert rollout_plan([row("a")], alone=True)["problems"] == []
    assert len(rollout_plan([row("a")])["problems"]) == 1


def test_mail_that_is_held_for_the_gate_does_not_count_as_waiting():
    rows = [("incoming", 90), ("deferred", 40), ("hold", 1)]
    listed = "".join(
        json.dumps({"queue_name": name, "arrival_time": at}) + "\n" for name, at in rows
    )
    assert queue(listed, 100.0) == {"waiting": 2, "oldest": 60, "held": 1}
    assert queue("", 100.0) == QUIET


def test_only_who_looks_may_begin_a_session_meanwhile():
    said = rules(60, ["192.0.2.7", "2001:db8::7"]).splitlines()
    lines = [line.strip() for line in said]
    refused = lines.index(
        "tcp dport @drained tcp flags & (fin|syn|rst|ack) == syn reject with tcp reset"
    )
    assert lines.index("ip saddr 192.0.2.7 accept") < refused
    assert lines.index("ip6 saddr 2001:db8::7 accept") < refused
    assert any("elements = { 25 timeout 60s }" in line for line in lines)


def test_one_rollout_at_a_time(tmp_path):
    claim.take(tmp_path, "one", "jane@desk")
    assert claim.take(tmp_path, "one", "jane@desk").run == "one"
    with pytest.raises(Refused, match=r"rollout of jane@desk, begun at 20.*unlock.yml"):
        claim.take(tmp_path, "two", "bert@desk")
    assert claim.drop(tmp_path, "two") is False
    assert claim.drop(tmp_path) is True
    assert claim.take(tmp_path, "two", "bert@desk").owner == "bert@desk"


def test_a_lock_that_nobody_can_read_holds(tmp_path):
    (tmp_path / claim.FILE).write_text("")
    with pytest.raises(Refused, match="somebody"):
        claim.take(tmp_path, "two", "bert@desk")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("trial/smtpd[7]: warning: unknown smtpd restriction: \"permit_all\"",
                     ["unknown smtpd restriction: \"permit_all\""], id="a warning"),
        pytest.param("trial/smtpd[7]: fatal: bad numerical configuration: x = many",
                     ["bad numerical configuration: x = many"], id="the end of a daemon"),
        pytest.param("trial/postfix-script[7]: warning: not owned by root: /run/x", [],
                     id="of a directory that is only the trial's"),
        pytest.param("trial/smtpd[7]: connect from localhost[127.0.0.1]", [], id="what is usual"),
        pytest.param("trial/cleanup[7]: 4x: message-id=<warning@x>", [], id="a word of a stranger"),
    ],
)  # fmt: skip
def test_what_a_log_complains_of(line, words):
    assert complaints([line, line]) == words

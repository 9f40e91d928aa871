# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe finds what is wrong with a server, and nothing wrong with one that is right."""

import json

import pytest

from ptrgate.cli.frame import main
from ptrgate.probe import dialogue, smuggling
from ptrgate.probe.dialogue import MAX_LINE
from ptrgate.probe.forms import forms
from ptrgate.probe.letter import TRUE_END
from ptrgate.probe.result import Result, Set, Verdict, worst
from ptrgate.probe.run import brief, probe, report
from ptrgate.probe.smuggling import FALSE_ENDS, shown
from ptrgate.probe.target import MAX_SESSIONS, Target, Visits
from tests.unit.mailserver import serving

TABLE = forms(
    server="mx.example.org",
    literal="[192.0.2.25]",
    foreign="example.com",
    domains=("example.org",),
)
SENTENCE = "Relaying denied: 127.0.0.1 has no reverse DNS name (PTR)."
REFUSAL = f"550 5.7.25 {SENTENCE} See http://help.example.org/r/1Q8ZK3M0XY"


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(smuggling, "LEAST_WAIT", 0.4)
    monkeypatch.setattr(dialogue, "REPLY_SECONDS", 1.0)
    monkeypatch.setattr("ptrgate.probe.target.APART_SECONDS", 0.0)


def asked(server, *sets, **about):
    return probe(Visits(Target("127.0.0.1", server.port, **about)), sets)


def found(results):
    return {result.name: result for result in results if result.verdict is not Verdict.OK}


@pytest.mark.parametrize("one", [Set.RELAY, Set.SMUGGLING, Set.REFUSAL])
def test_good_server_is_found_good(one):
    with serving() as server:
        results = asked(server, one, domains=() if one is Set.REFUSAL else ("example.org",))
    odd = found(results)
    assert set(odd) <= {"foreign domain after STARTTLS"}, report(results)  # it offers none
    assert len(results) > 1
    assert server.sessions < MAX_SESSIONS


def test_every_form_of_the_table_is_tried():
    with serving() as server:
        results = asked(server, Set.RELAY, domains=("example.org",))
    names = [result.name for result in results]
    assert names[: len(TABLE)] == [form.name for form in TABLE]
    assert len(set(names)) == len(names)
    said = set(server.said)
    assert {f"RCPT TO:<{form.recipient}>" for form in TABLE} - said == {
        f"RCPT TO:<{form.recipient}>" for form in TABLE if "192.0.2.25" in form.recipient
    }  # its address is another one here


def test_no_relay_form_gets_as_far_as_a_message():
    with serving(replies={"^RCPT": "250 2.1.5 Ok"}) as server:
        results = asked(server, Set.RELAY)
    assert worst(results) is Verdict.BAD
    assert [b"as second transaction" in message for message in server.taken] == [True]


@pytest.mark.parametrize("form", TABLE[:16], ids=lambda form: form.name)
def test_each_classic_form_is_found_by_itself(form):
    recipient = form.recipient.replace("192.0.2.25", "127.0.0.1")
    sender = form.sender.replace("192.0.2.25", "127.0.0.1")
    with serving() as server:
        # the server relays this one recipient, and only for this sender
        original = server.mistakes.replies
        original[f"^MAIL FROM:<(?!{_literal(sender)}>)"] = "250 2.1.0 Ok"
        original[f"^RCPT TO:<{_literal(recipient)}>$"] = "250 2.1.5 Ok"
        results = found(asked(server, Set.RELAY))
    assert results[form.name].verdict is Verdict.BAD
    assert "reject_unauth_destination" in results[form.name].change


def _literal(text):
    return "".join(f"\\{one}" if not one.isalnum() else one for one in text)


@pytest.mark.parametrize(
    ("replies", "keywords", "name"),
    [
        ({"^RCPT TO:<postmaster@ptrgate-probe.example.org>": "250 Ok"}, (), "a subdomain of"),
        ({"^RCPT TO:<postmaster@ptrgate-probeexample.org>": "250 Ok"}, (), "letters before"),
        ({"^VRFY": "250 2.1.5 <postmaster@example.org>"}, (), "VRFY"),
        ({"^ETRN example.org": "250 2.0.0 Queuing started"}, (), "ETRN example.org"),
        ({"^BDAT": "250 2.0.0 Ok"}, (), "BDAT after a refused recipient"),
        ({"^XCLIENT": "220 mx.example.org"}, (), "XCLIENT"),
        ({}, ("XCLIENT NAME ADDR",), "XCLIENT offered without TLS"),
        ({}, ("XFORWARD NAME",), "XFORWARD offered without TLS"),
        ({}, ("AUTH PLAIN LOGIN",), "AUTH offered without TLS"),
        ({}, ("AUTH=PLAIN",), "AUTH offered without TLS"),
    ],
)
def test_what_a_stranger_must_not_be_given_is_found(replies, keywords, name):
    with serving(replies=replies, keywords=keywords) as server:
        bad = found(asked(server, Set.RELAY, domains=("example.org",)))
    wrong = [one for one, result in bad.items() if result.verdict is Verdict.BAD]
    assert [one.startswith(name) for one in wrong][:1] == [True]
    assert all(bad[one].change for one in wrong)


def test_252_tells_nothing_and_is_no_answer_to_vrfy():
    with serving(replies={"^VRFY": "252 2.0.0 postmaster"}) as server:
        assert "VRFY" not in found(asked(server, Set.RELAY))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("451 4.3.0 Try again later", "refuses nothing"),
        (f"550 5.7.25 {SENTENCE}", "from another address"),
        ("DRIP", "no reply in time"),
        ("250 " + "x" * 65536, f"more than {MAX_LINE} octets"),
        ("HANG UP", "hung up"),
        ("no such thing", "no SMTP reply"),
    ],
)
def test_what_is_no_answer_leaves_the_form_unknown(monkeypatch, reply, words):
    monkeypatch.setattr("ptrgate.probe.relay.forms", lambda **_: TABLE[1:2])
    with serving(replies={"^RCPT TO:<ptrgate-probe@example.com>": reply}) as server:
        form = found(asked(server, Set.RELAY))["foreign sender"]
    assert form.verdict is Verdict.UNKNOWN
    assert words in form.words


def test_refusal_of_everybody_says_nothing_of_relaying():
    with serving(replies={"^RCPT": "554 5.7.1 Relay access denied"}) as server:
        results = found(asked(server, Set.RELAY))
    assert "even its postmaster" in results["null sender"].words


def test_reply_of_several_lines_is_one_reply():
    several = "554-5.7.1 Relay access\n554-5.7.1 is\n554 5.7.1 denied"
    with serving(replies={"^RCPT TO:<ptrgate": several}) as server:
        results = asked(server, Set.RELAY)
    form = next(result for result in results if result.name == "null sender")
    assert form.got == "554 5.7.1 Relay access 5.7.1 is 5.7.1 denied"
    assert form.verdict is Verdict.OK


@pytest.mark.parametrize("end", FALSE_ENDS, ids=shown)
@pytest.mark.parametrize("reply", ["250 2.0.0 queued", "554 5.4.0 Error: too many hops"])
def test_each_false_end_is_found(monkeypatch, end, reply):
    monkeypatch.setattr(smuggling, "FALSE_ENDS", (end,))
    with serving(ends=(end, TRUE_END), at_end=reply) as server:
        bad = found(asked(server, Set.SMUGGLING))
    assert [(one, bad[one].verdict) for one in bad] == [
        (f"false end of data {shown(end)}", Verdict.BAD)
    ]


def test_right_server_receives_one_marked_message_and_no_other():
    with serving() as server:
        asked(server, Set.SMUGGLING)
    assert len(server.taken) == 1
    assert server.taken[0].count(b"Received:") > 100
    assert b"Subject: ptrgate probe" in server.taken[0]


def test_false_end_that_is_refused_with_a_hang_up_is_no_end():
    # as Postfix does it with smtpd_forbid_bare_newline = reject
    with serving(ends=(b"\n.\n", TRUE_END), at_end="550 5.5.2 bare <LF>") as server:
        server.mistakes.replies["^NOOP"] = "HANG UP"
        results = asked(server, Set.SMUGGLING)
    assert worst(results) is Verdict.OK


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (REFUSAL, ""),
        (REFUSAL.replace("550 5.7.25", "451 4.7.25"), ""),
        (REFUSAL.replace("550", "450"), "its code is 450"),
        (REFUSAL.replace("5.7.25", "5.1.8"), "enhanced code is 5.1.8"),
        (REFUSAL.replace("5.7.25", "4.7.25"), "different digits"),
        (f"{REFUSAL} please", "something follows its URL"),
        (REFUSAL.partition(" See ")[0], "it has no URL"),
        (REFUSAL.replace("PTR", "PTR " + "x" * 90), "over 160"),
        (REFUSAL + "x" * 300, "over 400"),
        (REFUSAL.replace("no reverse", "n\xf6 reverse"), "printable ASCII"),
        (f"550-{REFUSAL[4:]}\n{REFUSAL}", "2 lines"),
    ],
)
def test_form_of_a_refusal(reply, fault):
    replies = {"^RCPT TO:<root@": reply}
    with serving(replies=replies) as server:
        result = asked(server, Set.REFUSAL)[0]
    assert (result.verdict is Verdict.BAD, fault in result.words) == (bool(fault), True)


def test_refused_client_that_may_go_on_is_found():
    with serving(replies={"^RCPT TO:<root@": REFUSAL}) as server:
        bad = found(asked(server, Set.REFUSAL))
    assert list(bad) == ["next message after refusal of this client"]


def test_postmaster_who_is_not_reachable_is_found():
    with serving(replies={"^RCPT": REFUSAL}) as server:
        bad = found(asked(server, Set.REFUSAL))
    assert "postmaster in spite of refusal of this client" in bad


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("450 4.1.1 unverified address: connection refused", "ok"),
        (f"451 4.7.25 {SENTENCE}", "unknown"),
        (REFUSAL, "bad"),
    ],
)
def test_postmaster_of_a_domain_may_wait_for_its_next_hop_alone(reply, verdict):
    with serving(replies={"^RCPT TO:<postmaster@example.org>": reply}) as server:
        results = asked(server, Set.REFUSAL, domains=("example.org",))
    assert [results[-1].name, results[-1].verdict] == [
        "postmaster in spite of refusal of this client",
        verdict,
    ]


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        ("554 5.7.1 No", "the greeting is answered 554"),
        ("HANG UP", "hung up"),
        ("DRIP", "no reply in time"),
    ],
)
def test_host_without_a_session_is_one_unknown(greeting, words):
    with serving(greeting=greeting) as server:
        results = asked(server, *(one for one in Set if one is not Set.HOST))
    assert [(result.verdict, words in result.words) for result in results] == [
        (Verdict.UNKNOWN, True)
    ]


def test_time_is_bounded(monkeypatch):
    monkeypatch.setattr("ptrgate.probe.target.MAX_SECONDS", -1.0)
    with serving() as server:
        results = asked(server, Set.RELAY, Set.TLS)
    assert ["the probe ends after" in result.words for result in results] == [True]
    assert server.sessions == 0


def test_sessions_are_bounded():
    with serving(replies={"^RSET": "HANG UP"}) as server:
        asked(server, Set.RELAY, Set.SMUGGLING, domains=tuple(f"d{n}.example" for n in range(20)))
    assert server.sessions <= MAX_SESSIONS


@pytest.mark.parametrize(
    ("replies", "status"),
    [({}, 0), ({"^RCPT TO:<postmaster>": REFUSAL}, 1), ({"^RCPT TO:<root": "HANG UP"}, 2)],
)
def test_status_and_json(capsys, replies, status):
    with serving(replies=replies) as server:
        where = ["127.0.0.1", "--port", str(server.port), "--set", "refusal"]
        assert main(["probe", *where, "--json"]) == status
    facts = json.loads(capsys.readouterr().out)
    assert facts["verdict"] == ["ok", "bad", "unknown"][status]
    assert list(facts["checks"][0]) == list(Result.__dataclass_fields__)


def test_nobody_there_is_2(capsys):
    assert main(["probe", "127.0.0.1", "--port", "1"]) == 2
    assert "no connection" in capsys.readouterr().out
    assert main(["probe", "nobody.invalid"]) == 2


def test_words_of_a_stranger_stay_words():
    with serving(replies={"^RCPT TO:<ptrgate": "554 5.7.1 \x1b[2J\xe4 No"}) as server:
        results = asked(server, Set.RELAY)
    assert "554 5.7.1 \\x1b[2J" in report(results, every=True)
    assert report(results, every=True).replace("\n", "").isprintable()


def test_report_says_who_can_change_what():
    with serving(replies={"^RCPT": "250 2.1.5 Ok"}) as server:
        results = asked(server, Set.RELAY)
    assert "change    smtpd_relay_restrictions" in report(results)
    bad = next(result for result in results if result.verdict is Verdict.BAD)
    assert brief(bad).startswith('set=relay check="null sender" where=127.0.0.1:')

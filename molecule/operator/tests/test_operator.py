# SPDX-License-Identifier: GPL-3.0-or-later
"""A refused sender telephones at night. The tests of one host tell one story, in this order."""

import json

import pytest

NAMELESS, NAMELESS6 = "198.51.100.20", "2001:db8:0:1ff::20"
QUICK = 4  # seconds: a grant holds everywhere after one, and a dialogue takes its time


@pytest.fixture(scope="module")
def url(operator):
    """The URL in the bounce of a sender without PTR; another waits in his queue over IPv6."""
    operator.waiting = operator.send("nameless6")
    operator.send("nameless")
    return operator.bounce("nameless")


@pytest.fixture(scope="module")
def why(operator, url):
    return operator.ptrgate(f"why {url}")


def test_the_bounce_leads_to_the_session_and_to_today(operator, why):
    assert (why["notice"]["address"], why["notice"]["finding"]) == (NAMELESS, "no_ptr")
    session = why["sessions"][-1]
    assert (session["from"], session["to"]) == (
        "nameless@senders.example", f"user@{operator.domain}"
    )  # fmt: skip
    assert session["host"].startswith(operator.name)
    assert (why["today"]["finding"], why["today"]["action"]) == ("no_ptr", "refuse")
    assert (why["changed"], why["notes"]) == ([], [])


def test_the_story_is_told_in_words(operator, url):
    said = operator.host.check_output(f"ptrgate why {url}")
    assert (
        f"550 5.7.25 Relaying denied: {NAMELESS} has no reverse DNS name (PTR). See {url}" in said
    )
    assert "TODAY" in said
    assert f"ptrgate exempt add {NAMELESS}/32 " in said


def test_another_host_of_the_fleet_knows_the_notice_too(operator, url, other_hosts):
    other = next(host for name, host in other_hosts.items() if name != operator.name)
    told = json.loads(other.check_output(f"ptrgate why {url} --json"))
    assert (told["notice"]["address"], told["notice"]["action"]) == (NAMELESS, "refuse")
    # a notice is of one address and minute: the other host may have spoken it too, to other mail
    assert f"user@{operator.domain}" not in str(told["sessions"])


@pytest.mark.parametrize("what", [NAMELESS, "nameless@senders.example"])
def test_address_and_sender_lead_there_too(operator, why, what):
    assert why["sessions"][-1] in operator.ptrgate(f"why {what}")["sessions"]


def test_a_queue_id_leads_to_the_client_that_was_accepted(operator):
    token = operator.send("good")
    operator.wait_for(lambda: operator.delivered(token))
    log = operator.host.check_output(
        "journalctl -t postfix/smtpd -o cat --since=-3min --grep 'client=.*198.51.100.10'"
    )
    newest = log.splitlines()[-1]
    told = operator.ptrgate(f"why {newest.split(':')[0].split()[-1]}")
    assert [session["address"] for session in told["sessions"]] == ["198.51.100.10"]
    assert any("status=sent" in line for line in told["mail"])
    assert told["exemption"] is None


@pytest.fixture(scope="module")
def exempted(operator, why):
    """Paste what why says, for both families; return the ids."""
    over6 = operator.ptrgate(f"why {NAMELESS6}")
    commands = [told["exemption"]["command"] for told in (why, over6)]
    return [operator.ptrgate(command.removeprefix("ptrgate "))["id"] for command in commands]


@pytest.mark.usefixtures("exempted")
@pytest.mark.parametrize("source", [NAMELESS, NAMELESS6])
def test_what_why_says_to_paste_holds_at_once(operator, source):
    assert operator.wait_for(lambda: operator.reply(source).startswith("250")) < QUICK


def test_the_mail_that_waited_is_delivered_at_its_next_attempt(operator, exempted):
    flushed = operator.send("nameless")
    operator.flush()
    operator.wait_for(lambda: operator.delivered(operator.waiting))
    operator.wait_for(lambda: operator.delivered(flushed))
    rules = {line["rule"] for line in operator.lines(address=NAMELESS6)}
    assert f"exemption:{exempted[1]}" in rules


@pytest.mark.usefixtures("exempted")
@pytest.mark.parametrize("order", ["reload", "restart"])
def test_it_survives(operator, order):
    operator.host.check_output(f"systemctl {order} ptrgate-milter")
    assert operator.reply(NAMELESS).startswith("250")


def test_check_and_list_say_it(operator, exempted):
    assert operator.ptrgate(f"check {NAMELESS}")["rule"] == f"exemption:{exempted[0]}"
    rows = operator.ptrgate("exempt list")["exemptions"]
    assert {row["id"] for row in rows if row["origin"] == "host"} == set(exempted)
    assert {row["id"] for row in rows if row["origin"] == "inventory"} >= {"partner-network"}


def test_removed_it_holds_no_more(operator, exempted):
    for identity in exempted:
        operator.ptrgate(f"exempt remove {identity}")
    assert operator.wait_for(lambda: operator.reply(NAMELESS).startswith("550")) < QUICK
    assert operator.reply(NAMELESS6).startswith("451")


def test_paused_everybody_is_let_in_and_the_journal_says_what_would_have_been(operator):
    told = operator.ptrgate("pause --hours 2 --reason 'the resolver lies'")
    assert operator.wait_for(lambda: operator.reply(NAMELESS).startswith("250")) < QUICK
    assert {line["would"] for line in operator.lines(rule="paused")} == {"refuse"}
    until = told["pause"]["until"]
    loud = f"PAUSED until {until} (the resolver lies; root): nobody is refused"
    operator.wait_for(lambda: operator.journal(loud))
    status = operator.host.check_output("systemctl status ptrgate-milter")
    assert f"PAUSED until {until}" in status
    assert operator.ptrgate(f"check {NAMELESS}")["paused"] == until


@pytest.mark.parametrize("order", ["reload", "restart"])
def test_a_pause_survives(operator, order):
    operator.host.check_output(f"systemctl {order} ptrgate-milter")
    assert operator.reply(NAMELESS).startswith("250")


def test_resumed_the_policy_holds_again(operator):
    operator.ptrgate("resume")
    assert operator.wait_for(lambda: operator.reply(NAMELESS).startswith("550")) < QUICK
    operator.wait_for(lambda: operator.journal("the pause has ended by order"))


def test_a_pause_ends_by_itself(operator):
    operator.ptrgate("pause --hours 0.0015 --reason 'a short one'")
    operator.wait_for(lambda: operator.reply(NAMELESS).startswith("250"), QUICK)
    operator.wait_for(lambda: operator.reply(NAMELESS).startswith("550"), 10)
    operator.wait_for(lambda: operator.journal("the pause has ended by itself"))


def test_a_damaged_file_changes_nothing_and_is_said_once(operator):
    operator.ptrgate(f"exempt add {NAMELESS} --owner jane --reason x --days 1 --id damaged")
    operator.host.check_output(
        "systemctl restart ptrgate-milter"
    )  # so that every worker has read it
    operator.host.check_output("sed -i s/expires/expries/ /var/lib/ptrgate/milter/exemptions.json")
    operator.wait_for(lambda: operator.journal("expries"))
    assert operator.reply(NAMELESS).startswith("250")
    assert len(operator.journal("expries: found a key that does not exist")) == 1
    assert "Put that right" in operator.ptrgate("exempt list", status=70)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("pause", "can be read and changed by root alone: use sudo"),
        ("exempt list", "can be read and changed by root alone: use sudo"),
        (f"why {NAMELESS}", "the journal is read by root or the group systemd-journal"),
        (f"check {NAMELESS}", "run-time exemptions and pause: "),
    ],
)
def test_who_may_not_is_told_who_may(operator, words, said):
    done = operator.host.run(f"setpriv --reuid=nobody --clear-groups ptrgate {words}")
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr

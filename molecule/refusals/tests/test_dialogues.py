# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said when, and when the server hangs up: by hand, line by line."""

import pytest

NAMELESS = "198.51.100.20"
GOOD = "198.51.100.10"
FROM = "MAIL FROM:<somebody@senders.example>"


def rcpt(say, local="user"):
    return f"RCPT TO:<{local}@{say.domain}>"


@pytest.fixture
def stress(host):
    """Postfix as it is under overload: `stress` is set, and its own limits shrink."""
    host.check_output("postconf -P smtp/inet/stress=yes")
    host.check_output("postfix reload")
    yield
    host.check_output("postconf -P smtp/inet/stress=")
    host.check_output("postconf -PX smtp/inet/stress")
    host.check_output("postfix reload")


@pytest.fixture
def told_at_mail(host):
    """The policy `refuse_at = "mail"`, for the length of a test."""
    policy = "$(readlink -f /usr/lib/ptrgate/current)/policy.toml"
    host.check_output(f"cp -p {policy} /root/policy.kept")
    host.check_output(f"sed -i 's/^refuse_at = .*/refuse_at = \"mail\"/' {policy}")
    host.check_output("systemctl reload ptrgate-milter")
    yield
    host.check_output(f"cp -p /root/policy.kept {policy} && rm /root/policy.kept")
    host.check_output("systemctl reload ptrgate-milter")


def test_greeting_and_ehlo_are_those_of_any_client(say):
    greeting, ehlo, *_ = say(NAMELESS, "QUIT")
    assert greeting.startswith("220 ")
    assert "SIZE" in ehlo


def hundred(say):
    lines = [rcpt(say, f"user{number}") for number in range(100)]
    return say(NAMELESS, FROM, *lines, rcpt(say, "postmaster"), "DATA", "QUIT")


def test_hundred_recipients_get_a_hundred_refusals_and_postmaster_the_mail(say):
    _, _, mail, *rcpts, postmaster, data, dot, bye = hundred(say)
    assert mail.startswith("250")
    assert [reply[:10] for reply in rcpts] == ["550 5.7.25"] * 100
    assert [postmaster[:3], data[:3], dot[:3], bye[:3]] == ["250", "354", "250", "221"]


@pytest.mark.usefixtures("stress")
def test_so_they_do_under_stress(say):
    test_hundred_recipients_get_a_hundred_refusals_and_postmaster_the_mail(say)


def test_next_mail_after_a_refused_one_ends_the_session(say, journal):
    replies = say(NAMELESS, FROM, rcpt(say), "RSET", FROM, "NOOP")
    assert [reply and reply[:3] for reply in replies[2:]] == ["250", "550", "250", "421", None]
    assert "http://help.company.example/" in replies[5]
    assert [line["finding"] for line in journal(1)] == ["no_ptr"]


def test_session_that_wrote_to_postmaster_goes_on(say):
    mail = [FROM, rcpt(say), rcpt(say, "postmaster"), "DATA"]
    replies = say(NAMELESS, *mail, *mail[:3], "QUIT")
    codes = [reply[:3] for reply in replies[2:]]
    assert codes == ["250", "550", "250", "354", "250", "250", "550", "250", "221"]


@pytest.mark.parametrize("recipient", ["postmaster", "Postmaster", "ABUSE", "abuse"])
def test_mailbox_of_last_resort_is_reachable(say, recipient):
    assert say(NAMELESS, FROM, rcpt(say, recipient))[-1].startswith("250")


def test_bare_postmaster_is_reachable_and_opens_nothing_else(say):
    replies = say(NAMELESS, FROM, "RCPT TO:<postmaster>", rcpt(say))
    assert [reply[:3] for reply in replies[3:]] == ["250", "550"]


def test_null_sender_is_judged_like_any_other(say):
    assert say(NAMELESS, "MAIL FROM:<>", rcpt(say))[-1].startswith("550 5.7.25 ")


@pytest.mark.usefixtures("told_at_mail")
def test_told_at_mail_the_client_gets_521_and_the_server_hangs_up(say):
    replies = say(NAMELESS, FROM, "NOOP")
    assert replies[2].startswith("521 5.7.25 Relaying denied: 198.51.100.20 has no reverse DNS")
    assert replies[3] is None


@pytest.mark.usefixtures("told_at_mail")
def test_told_at_mail_a_failed_lookup_is_still_a_reason_to_try_again(say):
    assert say("198.51.100.32", FROM)[-1].startswith("451 4.7.25 ")


@pytest.mark.usefixtures("told_at_mail")
def test_good_client_does_not_notice_where_others_are_told(say):
    assert say(GOOD, FROM, rcpt(say))[-1].startswith("250")

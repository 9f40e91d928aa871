# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody is taken mail for who does not exist, however that is known; nothing else is offered."""

import uuid

import pytest

FROM = "MAIL FROM:<somebody@senders.example>"


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        pytest.param("anna@listed.example", "250", id="on the list"),
        pytest.param("ANNA@Listed.Example", "250", id="in capitals"),
        pytest.param("postmaster@listed.example", "250", id="postmaster of a domain with a list"),
        pytest.param("abuse@listed.example", "250", id="abuse of a domain with a list"),
        pytest.param("carl@listed.example", "550 5.1.1", id="not on the list"),
        pytest.param("user@listed.example", "550 5.1.1", id="in the tables of other domains"),
        pytest.param("user7@company.example", "250", id="in the tables"),
        pytest.param("carl@company.example", "550 5.1.1", id="not in the tables"),
        pytest.param("anna@sub.listed.example", "554 5.7.1", id="in a domain below"),
        pytest.param("anna%listed.example@senders.example", "554 5.7.1", id="routed"),
        pytest.param("postmaster@{host}.company.example", "250", id="postmaster of the host"),
        pytest.param("www-data@{host}.company.example", "550 5.1.1", id="an account of the host"),
    ],
)
def test_recipient(say, host, recipient, code):
    recipient = recipient.format(host=host.check_output("hostname"))
    assert say(FROM, f"RCPT TO:<{recipient}>", "QUIT")[2].startswith(code)


@pytest.mark.parametrize(
    ("mood", "code", "words"),
    [
        pytest.param([], "250", "", id="takes him"),
        pytest.param(
            ["-f", "rcpt"], "550 5.1.1", "the mailbox server did not confirm it", id="refuses him"
        ),
        pytest.param(["-r", "rcpt"], "450 4.1.1", "", id="does not know"),
        pytest.param(None, "450 4.1.1", "", id="is down"),
    ],
)
def test_recipient_is_what_the_next_hop_says(say, next_hop, host, mood, code, words):
    next_hop.stop("asked.example") if mood is None else next_hop.start("asked.example", *mood)
    reply = say(FROM, f"RCPT TO:<{uuid.uuid4().hex}@asked.example>", "QUIT")[2]
    assert reply.startswith(code)
    assert words in reply
    host.check_output("postqueue -f")  # forget that it was down


def test_strangers_are_offered_nothing_that_makes_notices(say):
    offered = say("QUIT")[0].replace("-", " ").split()
    assert (
        set(offered) & {"DSN", "SMTPUTF8", "CHUNKING", "ETRN", "XCLIENT", "AUTH", "VRFY"} == set()
    )
    assert {"SIZE", "STARTTLS", "8BITMIME", "PIPELINING"} <= set(offered)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([FROM, "RCPT TO:<anna@listed.example> NOTIFY=SUCCESS"], "5"),
        ([FROM + " SMTPUTF8"], "5"),
        ([FROM + " SIZE=52428801"], "552 5.3.4"),
        (["ETRN listed.example"], "5"),
        (["VRFY anna@listed.example"], "502"),
        (["BDAT 5"], "5"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else value,
)
def test_who_asks_for_it_all_the_same_is_refused(say, lines, code):
    assert say(*lines, "QUIT")[len(lines)].startswith(code)

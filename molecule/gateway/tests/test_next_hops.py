# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that was taken is delivered or kept, and a forged sender never hears of it."""

import time
import uuid

import pytest

from lab.mail import MAILBOXES, inside

ANNA = "anna@listed.example"
MOODS = [
    pytest.param(["-f", ".", "-B", "'554 5.7.1 no such content'"], "content", id="content"),
    pytest.param(["-f", "mail", "-B", "'552 5.3.4 too long'"], "too long", id="size"),
    pytest.param(["-f", "rcpt", "-B", "'550 5.1.1 unknown'"], "unknown", id="recipient"),
    pytest.param(["-f", "data", "-B", "'554 5.0.0 not today'"], "not today", id="DATA"),
    pytest.param(["-f", "connect"], "refused to talk", id="everybody"),
    pytest.param(None, "Connection refused", id="down"),
]


@pytest.mark.parametrize(("mood", "words"), MOODS)
def test_what_a_next_hop_refuses_is_kept(next_hop, send, queue, delivered, mood, words):
    next_hop.stop("listed.example") if mood is None else next_hop.start("listed.example", *mood)
    one = send(ANNA)
    assert queue.waits(one, words)
    next_hop.start("listed.example")
    queue.flush()
    assert delivered([ANNA])
    assert queue.left(one)


@pytest.fixture
def delivered(next_hop, forged, returned, wait_for):
    """Tell whether the forged sender's mail reached these recipients once; he knows nothing."""
    yield lambda to: wait_for(lambda: next_hop.took(forged) == sorted(to))
    assert returned(forged) == []


def test_a_next_hop_without_8bitmime_gets_what_was_taken(next_hop, send, delivered):
    next_hop.start("listed.example", "-8")
    send(ANNA)
    assert delivered([ANNA])


def test_every_domain_has_its_next_hop(next_hop, send, delivered):
    next_hop.start("listed.example")
    next_hop.start("asked.example")
    somebody = f"{uuid.uuid4().hex}@asked.example"
    send(ANNA, somebody)
    assert delivered([ANNA, somebody])


@pytest.mark.usefixtures("no_lifetime")
def test_at_the_end_the_postmaster_is_told(next_hop, send, forged, returned, queue, wait_for):
    next_hop.start("listed.example", "-f", ".")
    assert queue.left(send(ANNA))
    assert wait_for(lambda: told(forged))
    time.sleep(2)
    assert returned(forged) == []


@pytest.fixture
def noticed(host):
    """The switch postfix_refused_by_next_hop: notice."""
    host.check_output("postconf -P nexthop/unix/soft_bounce=no && postfix reload")
    yield
    host.check_output("postconf -P nexthop/unix/soft_bounce=yes && postfix reload")


@pytest.mark.usefixtures("noticed")
def test_where_nothing_is_kept_the_postmaster_is_told_at_once(
    next_hop, send, forged, returned, queue, wait_for
):
    test_at_the_end_the_postmaster_is_told(next_hop, send, forged, returned, queue, wait_for)


@pytest.mark.usefixtures("no_lifetime")
def test_own_users_are_told_themselves(next_hop, host, wait_for):
    user = f"user{uuid.uuid4().int % 10**9}@company.example"
    next_hop.start("listed.example", "-f", ".")
    host.check_output("echo Subject: own | sendmail -f %s %s", user, ANNA)
    assert wait_for(lambda: told(user))


def told(sender):
    """Return the notices in the company's mailboxes about mail of a sender."""
    notices = f"grep -rl MAILER-DAEMON {MAILBOXES}/company.example"
    return inside("inner", "sh", "-c", f"{notices} | xargs -r grep -l {sender}; true").split()

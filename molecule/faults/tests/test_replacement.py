# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and workers are replaced, orderly and by force, and nothing is lost, or comes twice."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import mail
from tests.outage import (
    HOSTS,
    copies,
    letters,
    on_all,
    send,
    sessions_open,
    wait_for,
    workers,
)

POLICY = "$(readlink -f /usr/lib/ptrgate/current)/policy.toml"
DIGEST = "systemctl show -P StatusText ptrgate-milter | grep -o 'policy [0-9a-f]*'"


def write_policy(value):
    on_all(f"sed -i 's/^refuse_at = .*/refuse_at = \"{value}\"/' {POLICY}")


def reload():
    """Return the exit status of systemctl by host."""
    told = on_all("systemctl reload ptrgate-milter 2> /dev/null; echo $?")
    return {int(words) for words in told.values()}


@pytest.fixture
def policy():
    on_all(f"cp -p {POLICY} /root/policy.kept")
    yield
    on_all(f"cp -p /root/policy.kept {POLICY} && rm /root/policy.kept")
    assert reload() == {0}


@pytest.mark.usefixtures("policy")
def test_a_bad_policy_is_refused_and_the_old_one_goes_on(books):
    before = on_all(DIGEST)
    write_policy("never")
    assert reload() == {1}
    for words in on_all("systemctl show -P StatusText ptrgate-milter").values():
        assert re.search(
            r"a newer one was refused: \S+/policy.toml: refuse_at: found 'never'; "
            r'allowed: "rcpt" or "mail" \(role variable engine_refuse_at\)',
            words,
        )
    for words in on_all("journalctl -u ptrgate-milter -n 20 -o cat").values():
        assert "the new policy does not hold" in words
        assert "role variable engine_refuse_at" in words
    assert on_all(DIGEST) == before
    rows = books.burst(letters(1))
    assert {(row["wanted"], row["code"]) for row in rows} == {(True, 250), (False, 550)}
    write_policy("mail")
    assert reload() == {0}
    assert {row["code"] for row in send(letters(1))} == {250, 521}


def test_sessions_open_at_a_reload_end_as_they_would_have(books):
    before = workers()
    with sessions_open(books, 3) as long:
        assert reload() == {0}
        short = send(letters(1))
    rows = [*long.result(), *short]
    assert {(row["wanted"], row["code"]) for row in rows} == {(True, 250), (False, 550)}
    assert books.wrongs() == []
    assert wait_for(lambda: not any(set(workers()[h]) & set(before[h]) for h in HOSTS), 15)


MESSAGES = 200
KILL = """
for _ in $(seq 30); do
    [ -e /run/faults ] || exit 0
    kill -KILL $(pgrep -P $(systemctl show -P MainPID ptrgate-milter) | head -1) && echo killed
    sleep 1
done
"""


def test_a_worker_dies_every_second_and_every_message_comes_once():
    run = f"deaths{time.time_ns()}"
    names = {host: [f"{run}.{number}.{host}@lab" for number in range(MESSAGES)] for host in HOSTS}
    wanted = {identity for some in names.values() for identity in some}
    on_all("touch /run/faults")
    try:
        with ThreadPoolExecutor(1) as killer:
            killed = killer.submit(on_all, KILL)
            submit(names)
            came = wait_for(lambda: retried() and wanted <= copies().keys(), 90)
            on_all("rm -f /run/faults")
    finally:
        on_all("rm -f /run/faults")
    there = copies()
    assert came, len(wanted - there.keys())
    assert {one: there[one] for one in wanted if there[one] != 1} == {}
    assert min(words.count("killed") for words in killed.result().values()) >= 3


# On a fast machine all would be there before three workers are dead: so no more than 60 a second.
SUBMIT = """
import json, smtplib, sys, time
server = smtplib.SMTP("127.0.0.1")
for sender, recipient, text in json.load(sys.stdin):
    server.sendmail(sender, recipient, text)
    time.sleep(1 / 60)
"""


def submit(names):
    """Hand the messages to the sending Postfix, half of them from each of two senders."""
    messages = [
        (
            f"{('good', 'several')[number % 2]}@senders.example",
            f"user@{host.removeprefix('mx-')}.example",
            f"Message-ID: <{identity}>\n\nhello\n",
        )
        for number, some in enumerate(zip(*names.values(), strict=True))
        for host, identity in zip(names, some, strict=True)
    ]
    mail.inside("internet", "python3", "-c", SUBMIT, words=json.dumps(messages))


def retried():
    """Have the sender try again now, not in five minutes."""
    return mail.inside("internet", "sh", "-c", "postqueue -f; echo yes")

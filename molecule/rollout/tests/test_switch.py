# SPDX-License-Identifier: GPL-3.0-or-later
"""A host goes back by itself, whoever dies; drained, it ends what was begun and begins nothing new.

The other release is a copy of the one in use with one more line in its policy.
"""

import json
import subprocess
import time

import pytest

from lab import mail
from tests.releasing import HOSTS, LIB, in_use, order, settled

COPY = "c0b1ed000000"
MAKE = f"""
set -e
cd {LIB}/releases
rm -rf {COPY}; cp -a "$(readlink -f ../current)" {COPY}; cd {COPY}
printf '\\n# another one\\n' >> policy.toml
new=$(sha256sum policy.toml | cut -c1-64)
sed -i "s,^[0-9a-f]* \\([0-7]* policy.toml\\)$,$new \\1," MANIFEST
"""
# One session, begun before the host is drained: its mail is taken, and that of a second one is not.
TALK = """
import socket, sys, time
def connect():
    return socket.create_connection((sys.argv[1], 25), 20, (sys.argv[2], 0))
first = connect(); lines = first.makefile("rw", newline="")
def say(words):
    lines.write(words + "\\r\\n"); lines.flush()
    while (line := lines.readline())[3:4] == "-": pass
    return line[:3]
lines.readline(); said = [say("EHLO good.senders.example")]
print("begun", flush=True); sys.stdin.readline()
try: connect().close(); new = "taken"
except ConnectionRefusedError: new = "refused"
for _ in range(2):
    said += [say("MAIL FROM:<load@senders.example>"), say("RCPT TO:<user@company.example>"),
             say("DATA"), say("Subject: drained\\r\\n\\r\\nhello\\r\\n.")]
print(new, *said)
"""
GOOD = "198.51.100.10"


def rollout(host, *words):
    return json.loads(mail.inside(host, "ptrgate", "rollout", *words))


def until(condition, seconds=180):
    end = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < end:
        time.sleep(0.3)
    return said


def test_a_host_that_cannot_be_reached_goes_back_by_itself():
    """The other appliance is the one whose controller dies, in test_rollout.py."""
    host = HOSTS[0]
    before, was = settled([host]), in_use([host])[host]
    mail.inside(host, "sh", "-c", MAKE)
    armed = rollout(host, "arm", COPY, "--seconds", "15")
    assert armed["release"] == was
    mail.inside(host, "nft", "table inet cut { chain input { type filter hook input priority -20;"
                " tcp dport 22 drop; }; }")  # fmt: skip
    try:
        rollout(host, "drain", "--seconds", "120", "--wait", "0")
        assert order(host, "to", COPY)["current"] == COPY
        assert until(lambda: in_use([host])[host] == was)
        assert until(lambda: rollout(host, "look")["armed"] is None)
        assert mail.inside(host, "nft", "list", "tables").splitlines() == ["table inet cut"]
    finally:
        mail.inside(host, "nft", "delete", "table", "inet", "cut")
        mail.inside(host, "rm", "-r", f"{LIB}/releases/{COPY}")
    assert settled([host]) == before


@pytest.mark.parametrize("host", HOSTS)
def test_drained_it_ends_what_was_begun_and_begins_nothing(host):
    """Two messages in a session that was open; a new session is refused, then taken again."""
    address = mail.inventory()["_meta"]["hostvars"][host]["ansible_host"]
    command = ["podman", "exec", "-i", "internet", "python3", "-c", TALK, address, GOOD]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdout.readline() == "begun\n"
        assert rollout(host, "drain", "--seconds", "5", "--wait", "0")["open"] > 0
        session.stdin.write("\n")
        session.stdin.flush()
        assert session.stdout.readline().split() == [
            "refused", "250", *(["250", "250", "354", "250"] * 2)
        ]  # fmt: skip
    connect = f"import socket; socket.create_connection(({address!r}, 25), 5, ({GOOD!r}, 0))"
    taken = f"python3 -c {json.dumps(connect)} 2>&1 || true"
    assert until(lambda: mail.inside("internet", "sh", "-c", taken) == ""), "it ends by itself"
    assert rollout(host, "undrain")["wrong"] == []

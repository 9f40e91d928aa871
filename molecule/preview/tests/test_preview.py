# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/preview.yml on two Postfix hosts that are no appliances: one has mail.log, one not."""

import json

import pytest
import yaml

from lab.deployments import deploy
from lab.mail import ROOT, inside

DIALOGUE = (ROOT / "molecule/refusals/dialogue.py").read_text()
FILE, JOURNAL = HOSTS = ["inner", "internet"]
TARGETS = {FILE: "203.0.113.30", JOURNAL: "203.0.113.20"}
LOG = "/var/log/mail.log"
GOOD, NAMELESS, LINE = "198.51.100.10", "198.51.100.20", "198.51.100.30"
# as rsyslog writes it, as soon as the message is delivered
WRITTEN = """
log() {{ journalctl --output=short SYSLOG_FACILITY=2; }}
for try in $(seq 300); do log | grep -q '{0}: removed' && break; sleep 0.2; done
log > {1}
"""
# all but what moves by itself: the journal, who logged in, and the queue
TREE = r"""
cd /
find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./var/log/journal \
        -o -path ./var/spool/postfix -o -path ./var/mail \) -prune \
    -o -type f -not -name lastlog -not -name 'wtmp*' -not -path './var/lib/postfix/*' \
        -printf '%p %m %U:%G %s %T@\n' \
    -o -not -type f -printf '%p %y %m %U:%G %l\n' | LC_ALL=C sort
postconf -n; postconf -M; systemctl list-unit-files --no-legend --no-pager
dpkg-query --show; cat /etc/passwd
"""


@pytest.fixture(scope="module")
def came():
    """Let strangers come to both hosts; one message is delivered. Its log in a file on one."""
    for source in (GOOD, NAMELESS, LINE):
        for target in TARGETS.values():
            inside("internet", "python3", "-", source, target, "QUIT", words=DIALOGUE)
    mail = ["MAIL FROM:<a@senders.example>", "RCPT TO:<user@trixie.example>", "DATA", "QUIT"]
    said = inside("internet", "python3", "-", LINE, TARGETS[FILE], *mail, words=DIALOGUE)
    queue_id = json.loads(said)[-2][1].removeprefix("250 2.0.0 Ok: queued as ")
    inside(FILE, "sh", "-ec", WRITTEN.format(queue_id, LOG))
    yield
    inside(FILE, "rm", LOG)


@pytest.fixture(scope="module")
def previewed(came, tmp_path_factory):  # noqa: ARG001 - there is nothing to tell before
    """Run the playbook; return each host's files before and after, the run, and the reports."""
    place = tmp_path_factory.mktemp("preview")
    overlay = place / "overlay.yml"
    overlay.write_text(yaml.safe_dump({"ptrgate": {"hosts": {host: {} for host in HOSTS}}}))
    before = {host: inside(host, "sh", words=TREE).splitlines() for host in HOSTS}
    arguments = ("-i", ROOT / "inventory/lab", "-i", overlay, "-e", f"report={place}/out")
    run = deploy(*arguments, "--limit", ",".join(HOSTS), place=place / "runs",
                 playbook="playbooks/preview.yml")  # fmt: skip
    after = {host: inside(host, "sh", words=TREE).splitlines() for host in HOSTS}
    return before, after, run, place / "out"


def test_it_succeeds_and_says_that_it_changes_nothing(previewed):
    run = previewed[2]
    assert (run.status, run.changed) == (0, []), run.output


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_package_account_or_setting_of_the_host_differs(previewed, host):
    before, after = (set(lines[host]) for lines in previewed[:2])
    assert sorted(before ^ after) == []
    assert len(before) > 1000


@pytest.mark.parametrize("host, source", [(FILE, LOG), (JOURNAL, "the journal of this host")])
def test_each_host_tells_by_its_own_log_whom_the_policy_would_have_hit(previewed, host, source):
    facts = json.loads((previewed[3] / f"{host}.json").read_text())
    assert facts["files"] == [source]
    met = {(row["finding"], row["action"]): row["sessions"] for row in facts["outcomes"][0]}
    assert min(met["ok", "accept"], met["dynamic", "refuse"], met["not_told_apart", "open"]) >= 1
    worst = {row["name"]: row["then"] for row in facts["organisations"]}
    assert worst["access.example"]["refuse"]["sessions"] >= 1
    assert "access.example" in (previewed[3] / f"{host}.txt").read_text()
    assert "<svg" in (previewed[3] / f"{host}.html").read_text()


def test_mail_that_had_arrived_is_what_it_would_have_cost(previewed):
    facts = json.loads((previewed[3] / f"{FILE}.json").read_text())
    row = next(row for row in facts["organisations"] if row["name"] == "access.example")
    assert row["then"]["refuse"]["messages"] >= 1

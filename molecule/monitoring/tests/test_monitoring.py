# SPDX-License-Identifier: GPL-3.0-or-later
"""Known mail, and all that is told of it: to Prometheus, on a terminal, in the fleet's report."""

import json
import ssl
import subprocess
import sys
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lab.deployments import deploy
from lab.mail import ROOT, inside

MAIL, RCPT, QUIT = "MAIL FROM:<a@senders.example>", "RCPT TO:<user@{}>", "QUIT"
MIX = ["198.51.100.20"] * 3 + ["198.51.100.10"] * 2 + ["2001:db8:0:1ff::20"]
FOUND = Counter({
    ("no_ptr", "refuse", "v4"): 3, ("ok", "accept", "v4"): 2, ("no_ptr", "defer", "v6"): 1,
})  # fmt: skip
DEFERRED = ("ptrgate_queue_messages", ("queue", "deferred"))
OLDEST = ("ptrgate_queue_oldest_timestamp_seconds", ("queue", "deferred"))
SURVEYED = ("ptrgate_survey_seen_timestamp_seconds",)
LETTERS = 4


def counted(samples):
    """Return the sessions by finding, action and family, but those that are never judged."""
    numbers = Counter()
    for (name, *labels), value in samples.items():
        kind = dict(labels)
        if name == "ptrgate_sessions_total" and kind["finding"] != "none":
            numbers[kind["finding"], kind["action"], kind["family"]] += int(value)
    return numbers


def test_metrics_of_known_mail_equal_the_counters_and_the_mail(appliance, wait_for):
    before = counted(appliance.samples())
    for source in MIX:
        appliance.say(source, MAIL, RCPT.format(appliance.domain), QUIT)
    wait_for(lambda: counted(appliance.samples()) - before == FOUND)
    totals = Counter()
    for row in appliance.ptrgate("counters")["sessions"]:
        if row["finding"] != "none":
            totals[row["finding"], row["action"], row["family"]] += row["count"]
    assert totals == counted(appliance.samples())


def test_promtool_has_nothing_to_say_of_them(appliance):
    program = Path(sys.prefix) / "bin/promtool"
    done = subprocess.run(
        [program, "check", "metrics"], input=appliance.told() + "\n", capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_survey_goes_on_by_itself(appliance):
    host = appliance.host
    assert host.check_output("systemctl is-active ptrgate-survey.timer") == "active"
    assert time.time() - appliance.survey()[SURVEYED] < 60
    assert host.check_output("systemctl show -p Result --value ptrgate-survey.service") == "success"


@pytest.fixture
def waiting(appliance):
    """Mail that waits for a mailbox server that is down; it leaves in the end."""
    inside("inner", "postfix", "stop")
    letter = f"sendmail -f postmaster@{appliance.domain} user@{appliance.domain}"
    appliance.host.check_output(f"for i in $(seq {LETTERS}); do echo hello | {letter}; done")
    yield
    inside("inner", "postfix", "start")
    appliance.host.check_output("postqueue -f")


@pytest.mark.usefixtures("waiting")
def test_mail_that_waits_is_counted_with_its_age(appliance, wait_for):
    found = wait_for(lambda: (s := appliance.survey())[DEFERRED] >= LETTERS and s)
    listed = appliance.host.check_output("postqueue -j").splitlines()
    deferred = [one for one in map(json.loads, listed) if one["queue_name"] == "deferred"]
    assert found[OLDEST] == min(one["arrival_time"] for one in deferred)
    assert found[("ptrgate_queue_counted_whole",)] == 1


def test_the_certificate_that_is_shown_is_told(appliance):
    appliance.host.check_output("rm -f /run/ptrgate-survey/survey.json")  # an hour is long here
    file = "/etc/postfix/ptrgate_certificate.pem"
    said = appliance.host.check_output(f"openssl x509 -in {file} -noout -enddate")
    ends = ssl.cert_time_to_seconds(said.removeprefix("notAfter="))
    shown = ("ptrgate_certificate_end_timestamp_seconds", ("kind", "ECDSA"), ("service", "smtp"))
    assert appliance.survey()[shown] == ends


def test_the_queue_is_no_business_of_whoever_answers_prometheus(appliance):
    groups = "systemctl show -p SupplementaryGroups --value"
    assert appliance.host.check_output(f"{groups} ptrgate-metrics.service") == ""
    assert appliance.host.check_output(f"{groups} ptrgate-survey.service") == "postdrop"


def test_top_tells_what_is_counted(appliance):
    told = appliance.ptrgate("top --seconds 1")
    sums = Counter()
    for row in appliance.ptrgate("counters")["sessions"]:
        sums[row["finding"], row["action"]] += row["count"]
    assert {(row["finding"], row["action"]): row["total"] for row in told["sessions"]} == sums
    assert (told["milter"]["serving"], told["queue"]["trouble"]) == (told["milter"]["wanted"], "")
    assert "workers serve" in appliance.host.check_output("ptrgate top --once --seconds 1")


class Cells(HTMLParser):
    """The rows of a page's tables."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        if tag == "tr":
            self.rows.append([])
        self.inside = tag == "td" and not self.rows[-1].append("")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def test_the_fleets_report_is_one_page_of_what_the_journals_say(appliance, tmp_path):
    page = tmp_path / "report.html"
    run = deploy("-e", f"page={page}", "-e", "days=1", place=tmp_path / "runs",
                 playbook="playbooks/report.yml")  # fmt: skip
    assert (run.status, run.changed) == (0, []), run.output
    text = page.read_text()
    mine = next(
        row for row in Cells(text).rows if row and row[0] == appliance.name and len(row) > 5
    )
    days = appliance.ptrgate("report --days 1")["week"]["days"]
    total = sum(n for day in days.values() for one in day.values() for n in one.values())
    assert 0 < total - int(mine[1].replace(",", "")) + 1 < 20  # a session may have come meanwhile
    assert "198.51.100.0/24" in text
    assert "http" not in text.replace('http-equiv="Content-Security-Policy"', "")


def test_rules_and_dashboard_go_where_they_are_read(appliance, tmp_path):
    appliance.host.check_output("mkdir -p /root/read")
    names = ["ptrgate.rules.yml", "ptrgate.dashboard.json"]
    asked = ["monitoring_rules_directory=/root/read", "monitoring_dashboards_directory=/root/read"]
    run = deploy("--tags", "monitoring_configure", "--limit", appliance.name,
                 "-e", " ".join(asked), place=tmp_path)  # fmt: skip
    there = [appliance.host.file(f"/root/read/{name}").content for name in names]
    appliance.host.check_output("rm -r /root/read")
    assert run.status == 0, run.output
    assert there == [(ROOT / "roles/monitoring/files" / name).read_bytes() for name in names]

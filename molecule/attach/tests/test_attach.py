# SPDX-License-Identifier: GPL-3.0-or-later
"""Put onto a Postfix that somebody configured by hand, and taken off again."""

import json
import shlex

import pytest

from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside
from molecule.attach.tests.conftest import HOSTS, files, on_both

DIALOGUE = (ROOT / "molecule/refusals/dialogue.py").read_text()
GOOD, NAMELESS, OWN = "198.51.100.10", "198.51.100.20", "198.51.100.130"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
MAIL = ["MAIL FROM:<a@senders.example>", "RCPT TO:<user@byhand.example>"]


def say(host, source, *lines):
    """Say lines to port 25 of a host from an address of the Internet; return the replies."""
    target = host.check_output("hostname -I").split()[0]
    said = inside("internet", "python3", "-", source, target, *lines, words=DIALOGUE)
    return [reply for _, reply in json.loads(said)]


def test_an_appliance_that_was_taken_off_leaves_nothing_but_what_it_learnt(byhand):
    left = {one for lines in byhand.values() for one in lines if "ptrgate" in one}
    kept = ("user ", "mode etc/ptrgate", "content etc/ptrgate", "mode var/lib", "content var/lib")
    assert [one for one in sorted(left) if not one.startswith(kept)] == []


@pytest.mark.usefixtures("attached")
@pytest.mark.parametrize(
    ("source", "begins"),
    [
        pytest.param(GOOD, "250", id="an honest server is let in"),
        pytest.param(NAMELESS, "550 5.7.25 Relaying denied: 198.51.100.20 has no", id="no PTR"),
        pytest.param(OWN, "250", id="one of mynetworks is not judged"),
    ],
)
def test_strangers_are_judged(host, source, begins):
    assert say(host, source, *MAIL)[-1].startswith(begins)


def test_only_named_options_of_the_listener_and_a_probe_are_new(attached):
    _, run, _ = attached
    names = {"smtp/inet/smtpd_milters", "smtp/inet/smtpd_hard_error_limit",
             "smtp/inet/smtpd_soft_error_limit", "127.0.0.1:10026/inet"}  # fmt: skip
    assert [set(run.told(name, "names")[0]) for name in HOSTS] == [names, names]
    assert "{unix:ptrgate/milter.sock,default_action=tempfail}" in run.output


def test_what_answers_before_us_is_told(attached):
    _, run, _ = attached
    assert "smtpd_client_restrictions: reject_rbl_client rbl.byhand.example" in run.output


def test_opendkim_still_signs_and_the_tables_still_say_who_exists(host):
    target, user = host.check_output("hostname -I").split()[0], "user@byhand.example"
    letter = ("--local-interface", GOOD, "--from", user, "--to", user)
    assert "250 2.0.0 Ok: queued" in inside("internet", "swaks", "--server", target, *letter)
    look = "grep -rl ^DKIM-Signature /var/mail/byhand/user/new | head -1"
    host.run_test('for i in $(seq 100); do [ -n "$(%s)" ] && break; sleep 0.2; done', look)
    assert host.check_output(look)
    assert say(host, GOOD, MAIL[0], "RCPT TO:<nobody@byhand.example>")[-1].startswith("550 5.1.1")


def test_rspamd_still_refuses_what_it_refused_and_strangers_never_reach_it(host):
    target, user = host.check_output("hostname -I").split()[0], "user@byhand.example"
    letter = ["--from", user, "--to", user, "--body", GTUBE]
    host.run_test("for i in $(seq 300); do ss -Hltn | grep -q :11332 && break; sleep 0.2; done")
    seen = "journalctl --unit rspamd --output cat; cat /var/log/rspamd/rspamd.log"
    for source, answer in (
        (GOOD, "554 5.7.1 Gtube pattern"),
        (NAMELESS, "550 5.7.25 Relaying denied"),
    ):
        swaks = ["swaks", "--server", target, "--local-interface", source, *letter]
        assert answer in inside("internet", "sh", "-c", f"{shlex.join(swaks)} || true")
    assert f"ip: {GOOD}" in host.run(seen).stdout  # of a message that it has read
    assert f"ip: {NAMELESS}" not in host.run(seen).stdout


def test_own_users_door_asks_no_milter_of_ours(host):
    assert host.run("postconf -P 587/inet/smtpd_milters").stdout == ""
    assert "ptrgate" not in host.check_output("postconf -h smtpd_milters")


def test_a_second_run_changes_nothing(attached, play):
    _, _, variables = attached
    assert play("site.yml", "--tags", "engine,milter,postfix", **variables).changed == []


def test_taken_off_again_both_files_are_octet_for_octet_what_they_were(attached, byhand, play):
    before, _, _ = attached
    play("playbooks/detach.yml")
    assert {name: files(name) for name in HOSTS} == before
    assert play("playbooks/detach.yml").changed == []
    on_both("! ss -Hlnx | grep ptrgate && systemctl is-active postfix opendkim")
    services = {"runs", "unit"}
    for name in HOSTS:
        now = {one for one in fingerprint(name) if one.split()[0] in services}
        assert {one for one in now if "ptrgate" in one} == set()
    assert byhand

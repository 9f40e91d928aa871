# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault through a whole rollout, two hosts at a time, a host that is lost on the way.

A fault ends on the canary, and no other host is touched. Not in CI, it is minutes each: test-long.
"""

import os
import threading
import time

import pytest
import yaml

from lab import mail
from lab.deployments import ROOT
from lab.twins import twins
from tests.planted import FAULTS
from tests.releasing import HOSTS, in_use, settled

pytestmark = pytest.mark.skipif("ROLLOUT_LONG" not in os.environ, reason="make test-long")

CANARY, OTHER = HOSTS
QUICK = {
    "rollout_soak_seconds": 20, "rollout_soak_most_seconds": 120, "rollout_sample": 30,
    "rollout_drain_seconds": 5,
}  # fmt: skip
# Seen when it is in use, by who tries it.
TRYING_TELLS = {
    "nobody outside is listened to":
        ({"postfix_parameters": {"inet_interfaces": "loopback-only"}}, "greeting: "),
}  # fmt: skip
# Nothing on the host and nobody who tries it can see these: mail that comes can.
ONLY_MAIL_TELLS = {
    "good senders are taken for lines":  # one that was known is told to come again, at first
    ({"engine_naming_lines": ["good.example"]}, "sessions deferred"),
    "a next hop where nobody answers": (
        {"postfix_parameters": {"transport_maps": "static:nexthop:[127.0.0.1]:9"}},
        "messages more wait",
    ),
}
TOLD = {
    name: ({"postfix_parameters": dict(one.partition("=")[::2] for one in words)}, said)
    for name, (words, said) in FAULTS.items()
}


ALL = TOLD | TRYING_TELLS | ONLY_MAIL_TELLS


@pytest.mark.parametrize("name", ALL)
def test_a_fault_ends_on_the_canary(play, writing, name):
    variables, words = ALL[name]
    before, was = settled(), in_use()
    with writing() as told:
        done = play("playbooks/rollout.yml", **variables, **QUICK)
    assert done.status != 0
    assert f"The rollout stops at {CANARY}" in done.said
    assert words in done.said
    assert "Put the release to use" not in done.tasks(OTHER)
    assert (in_use(), settled()) == (was, before)
    mail.inside(CANARY, "postqueue", "-f")  # what that release could not deliver
    assert told.wrong() == {}


STRICT = {"smtpd_sender_restrictions": "check_sender_access inline:{senders.example=REJECT}"}


def test_good_senders_whom_postfix_itself_refuses_end_it_on_the_canary(play, writing):
    was = in_use()
    with writing() as told:
        done = play("playbooks/rollout.yml", postfix_parameters=STRICT, **QUICK)
    assert done.status != 0
    assert "Postfix itself rejected in" in done.said
    assert "Put the release to use" not in done.tasks(OTHER)
    assert in_use() == was
    assert told.wrong().keys() == told.refused.keys()  # nobody else's mail


INVENTORY = [ROOT / "inventory/rollout"]
FINE = {"postfix_parameters": {"smtpd_timeout": "299s"}}
WORLD = {"postfix_parameters": {"mynetworks": "0.0.0.0/0 [::]/0"}}  # a dialogue alone can tell
CUT = (
    "nft add table inet cut"
    " && nft 'add chain inet cut input { type filter hook input priority 0; }'"
    " && nft add rule inet cut input tcp dport 22 drop"
)


@pytest.fixture
def four():
    """Four hosts, their releases at first, and mail that is sent to all of them."""
    with twins() as more:
        hosts = [*HOSTS, *more]
        yield hosts, in_use(hosts), settled(hosts)


def test_of_two_at_a_time_the_one_that_fails_goes_back_and_nobody_follows(
    play, writing, four, tmp_path
):
    hosts, first, before = four
    bad = tmp_path / "hosts.yml"  # in the batch of mx-bookworm-2; mx-trixie-2 would follow
    bad.write_text(yaml.safe_dump({"ptrgate": {"hosts": {"mx-trixie": WORLD}}}))
    more = [*INVENTORY, bad]
    with writing(hosts) as told:
        done = play(
            "playbooks/rollout.yml",
            inventory=more,
            rollout_serial=2,
            ptrgate_written_to_days=30,
            **QUICK,
        )
        stopped, changed = in_use(hosts), settled(["mx-trixie", "mx-trixie-2"])
        again = play("playbooks/rollout.yml", inventory=INVENTORY, rollout_serial=2, **QUICK)
    assert done.status != 0
    assert "The rollout stops at mx-trixie:" in done.said
    assert {host: stopped[host] for host in changed} == {host: first[host] for host in changed}
    assert changed == {host: before[host] for host in changed}
    assert again.status == 0, again.said
    # A twin has by now a release of its own, not that of its original.
    was = {host: first[host] for host in HOSTS}, {host: before[host] for host in HOSTS}
    assert (in_use(), settled()) == was
    assert told.wrong() == {}


def test_a_host_that_is_lost_on_the_way_goes_back_by_itself(play, writing, four):
    hosts, first, before = four
    second = "mx-bookworm-2"
    link = ["readlink", "/usr/lib/ptrgate/current"]

    def cut():
        while first[second] in mail.inside(second, *link):
            time.sleep(0.2)
        mail.inside(second, "sh", "-ec", CUT)

    with writing(hosts) as told:
        watcher = threading.Thread(target=cut, daemon=True)
        watcher.start()
        done = play(
            "playbooks/rollout.yml", inventory=INVENTORY, rollout_armed_seconds=75, **FINE, **QUICK
        )
        end = time.monotonic() + 300
        while in_use([second]) != {second: first[second]} and time.monotonic() < end:
            time.sleep(1)
        lost = in_use(hosts)
        mail.inside(second, "nft", "delete", "table", "inet", "cut")
        freed = play("playbooks/unlock.yml", inventory=INVENTORY)
        back = play("playbooks/rollback.yml", "--limit", HOSTS[0], inventory=INVENTORY)
    assert done.status != 0
    assert f"The rollout stops at {second}: it cannot be reached any more" in done.output
    assert lost == first | {HOSTS[0]: lost[HOSTS[0]]}
    assert (freed.status, back.status) == (0, 0)
    assert (in_use(hosts), settled(hosts)) == (first, before)
    assert told.wrong() == {}

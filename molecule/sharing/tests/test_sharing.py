# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that shares, on real hosts with a real store: together, and without it."""

import statistics
import time

import pytest

from lab import mail

NAMELESS = "198.51.100.20"
OTHERS = ["198.51.100.21", "198.51.100.23", "198.51.100.28"]
UNHEARD = "198.51.100.29"  # whom no host has ever let in
GOOD, STRANGER = "198.51.100.10", "198.51.100.11"
ROUNDS, SECONDS = 3, 2.0
CONNECTED, STRANGE = "ptrgate_share_connected", "ptrgate_share_strange_total"


def ident(address):
    return address.replace(".", "-")


def spread(fleet, order, code):
    """Return after how many seconds the slowest of three hosts answers as it was ordered."""
    seen = fleet.answered(NAMELESS, code)
    time.sleep(0.5)  # all of them are asking
    done = order()
    times = [future.result() for future in seen.values()]
    assert "never" not in times
    return max(map(float, times)) - done


def test_three_hosts_see_one_exemption_and_its_end_within_two_seconds(fleet):
    took = []
    for host in fleet.hosts[:ROUNDS]:
        took.append(spread(fleet, lambda host=host: fleet.let_in(host, NAMELESS), 250))
        other = fleet.hosts[fleet.hosts.index(host) - 1]
        end = spread(fleet, lambda h=other: fleet.order(h, "remove", ident(NAMELESS)), 550)
        took.append(end)
    # the middle one: a machine that does something else may delay some
    assert statistics.median(took) < SECONDS, took


def test_a_good_sender_is_spared_by_a_host_that_never_saw_it(fleet):
    twin = fleet.hosts[-1]
    assert fleet.say("mx-bookworm", GOOD)[GOOD].startswith("250")
    fleet.wait(lambda: fleet.remembers(twin, GOOD))
    mail.inside(twin, "systemctl", "stop", "unbound")
    try:
        told = fleet.say(twin, GOOD, STRANGER)
    finally:
        mail.inside(twin, "systemctl", "start", "unbound")
    assert (told[GOOD][:3], told[STRANGER][:3]) == ("250", "451")


def test_its_sandbox_is_as_tight_as_that_of_others(fleet):
    for host in fleet.hosts[:2]:
        said = mail.inside(host, "systemd-analyze", "security", "--no-pager", "ptrgate-share")
        assert float(said.splitlines()[-1].partition(": ")[2].split()[0]) <= 1.5


def killed(fleet):
    fleet.store("systemctl", "kill", "--signal=KILL", "fleet-store")
    return lambda: fleet.store("systemctl", "restart", "fleet-store")


def silent(fleet):
    fleet.store("systemctl", "kill", "--signal=STOP", "fleet-store")
    return lambda: fleet.store("systemctl", "kill", "--signal=CONT", "fleet-store")


def partitioned(fleet):
    chain = "chain in { type filter hook input priority 0; tcp dport 6379 drop; }"
    fleet.store("nft", f"table inet cut {{ {chain}; }}")
    return lambda: fleet.store("nft", "delete", "table", "inet", "cut")


@pytest.mark.parametrize("outage", [killed, silent, partitioned])
def test_without_the_store_nothing_changes_but_the_sharing(fleet, outage):
    fleet.in_step()
    since = int(time.time())
    local = dict(zip(fleet.hosts, OTHERS, strict=True))
    mends = outage(fleet)
    try:
        fleet.wait(lambda: not any(map(fleet.connected, fleet.hosts)))
        assert fleet.metric("mx-bookworm", CONNECTED) == 0
        for host, address in local.items():
            fleet.let_in(host, address)
            told = fleet.say(host, GOOD, NAMELESS)
            assert (told[GOOD][:3], told[NAMELESS][:3]) == ("250", "550")
        assert fleet.listed() == {host: {ident(one)} for host, one in local.items()}
    finally:
        mends()
    fleet.wait_until_listed(*map(ident, OTHERS))
    assert [len(fleet.journal(host, "nothing is shared", since)) for host in local] == [1, 1, 1]


SLOW = """
while :; do
    systemctl kill --signal=STOP fleet-store; sleep 3
    systemctl kill --signal=CONT fleet-store; sleep 1
done
"""


def test_a_slow_store_delays_the_sharing_and_no_client(fleet):
    fleet.in_step()
    fleet.store("systemd-run", "--quiet", "--unit=slow", "sh", "-c", SLOW)
    try:
        for host, address in zip(fleet.hosts, OTHERS, strict=True):
            fleet.let_in(host, address)
            told = fleet.say(host, GOOD, NAMELESS, address)
            assert [told[one][:3] for one in (GOOD, NAMELESS, address)] == ["250", "550", "250"]
        fleet.wait_until_listed(*map(ident, OTHERS))
    finally:
        fleet.store("systemctl", "stop", "slow")
        fleet.store("systemctl", "kill", "--signal=CONT", "fleet-store")


def test_a_stranger_with_the_password_exempts_nobody_and_is_told_of(fleet):
    fleet.let_in("mx-trixie", OTHERS[0])
    fleet.wait_until_listed(ident(OTHERS[0]))
    since = int(time.time())
    known = fleet.keys("hgetall", "ptrgate:exemptions").splitlines()
    real = next(line for line in known if f'{{"id":"{ident(OTHERS[0])}"' in line)
    forged = real.replace(OTHERS[0], UNHEARD).replace(ident(OTHERS[0]), ident(UNHEARD))
    fleet.keys("hset", "ptrgate:exemptions", ident(UNHEARD), forged, ident(OTHERS[0]), "nonsense")
    fleet.keys("incrby", "ptrgate:changes", "1")
    words = f"exemption '{ident(UNHEARD)}' of the store is refused: its signature is wrong"
    fleet.wait(lambda: all(fleet.journal(h, words, since) for h in fleet.hosts))
    fleet.wait_until_listed(ident(OTHERS[0]))
    assert {fleet.say(h, UNHEARD)[UNHEARD][:3] for h in fleet.hosts} == {"550"}
    fleet.wait(lambda: fleet.metric("mx-twin", STRANGE) >= 1)


ALONE = """
mkdir -p /run/nowhere && touch /run/nowhere/none && cd /usr/lib/ptrgate/current
PYTHONPATH=. timeout 6 python3 -B -P -m ptrgate.fleet --url "$1" --ca "$2" --state /run/nowhere \
    --password /run/nowhere/none --keys /etc/ptrgate/token.keys --policy policy.toml 2>&1
rm -rf /run/nowhere
"""


@pytest.mark.parametrize(
    ("place", "ca", "words"),
    [
        pytest.param("203.0.113.45", "ca-certificates.crt", "verify failed", id="another's"),
        pytest.param("203.0.113.45", "fleet-store.pem", "invalid username", id="no password"),
        pytest.param("203.0.113.42", "fleet-store.pem", "refused", id="nobody there"),
    ],
)
def test_it_speaks_with_the_right_store_alone_and_says_why_not(fleet, place, ca, words):
    url = f"rediss://ptrgate@{place}:6379"
    said = mail.inside(fleet.hosts[1], "sh", "-s", url, f"/etc/ssl/certs/{ca}", words=ALONE)
    assert said.startswith("<4>nothing is shared with the fleet: ")
    assert words in said

# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's order goes before the proofs, and ends although nobody thinks of it."""

import pytest

FAR = "anyone@destination.example"
ORDER = "ptrgate gate override {} --hours {} --reason 'we move' --owner jane"
CLOSED = "/^/ hold:\n"


@pytest.fixture(scope="module")
def closed(appliance):
    """Return the appliance without PTR records, held by its own proofs."""
    appliance.lose_ptr()
    appliance.prove_until("hold")
    return appliance


def test_an_override_that_ended_while_postfix_was_down_lets_nothing_out(closed):
    token = closed.send(FAR)
    closed.host.check_output("systemctl stop postfix")
    closed.host.check_output(ORDER.format("direct", 0.001))
    assert closed.gate()["rung"] == "direct"
    closed.host.check_output("sleep 4; systemctl start postfix")
    assert closed.host.file("/var/lib/ptrgate/outbound.pcre").content_string == CLOSED
    assert closed.delivered()[token] == 0


def test_an_override_sends_although_nothing_is_proved(closed):
    closed.host.check_output(ORDER.format("direct", 1))
    assert closed.gate()["override"]["owner"] == "jane"
    assert closed.wait_for(lambda: set(closed.delivered().values()) == {1}, 100)
    closed.host.check_output("systemctl start ptrgate-gate.service")
    assert closed.gate()["rung"] == "direct"


def test_it_is_told_to_prometheus_and_in_the_journal(closed):
    told = closed.host.check_output("python3 -c %s", SCRAPE)
    [line] = [
        one for one in told.splitlines() if "override_until" in one and 'rung="direct"' in one
    ]
    assert float(line.split()[-1]) == closed.gate()["override"]["until"]
    said = closed.host.check_output("journalctl --identifier=ptrgate --output=cat --lines=20")
    assert "gate event=overridden mode=prove from=hold to=direct would=hold" in said


def test_it_ends_by_order_and_the_proofs_decide_again(closed):
    closed.host.check_output("ptrgate gate override --end")
    assert closed.host.file("/var/lib/ptrgate/outbound.pcre").content_string == CLOSED


def test_it_ends_on_a_full_disk(closed):
    closed.host.check_output(f"{SMALL_DISK}; {ORDER.format('direct', 0.001)}; {FILL}")
    try:
        closed.host.check_output("sleep 4")
        assert "No space left on device" in closed.host.run("ptrgate gate settle").stderr
        assert closed.host.file("/var/lib/ptrgate/outbound.pcre").content_string == CLOSED
    finally:
        closed.host.check_output("umount /var/lib/ptrgate; ptrgate gate settle; postfix reload")


# The gate's directory, with all that it holds, on a disk of its own, and that disk filled.
SMALL_DISK = (
    "cp -a /var/lib/ptrgate/gate*.json /var/lib/ptrgate/outbound.pcre /run/lock"
    " && mount -t tmpfs -o size=1m none /var/lib/ptrgate"
    " && mv /run/lock/gate*.json /run/lock/outbound.pcre /var/lib/ptrgate"
)
FILL = "dd if=/dev/zero of=/var/lib/ptrgate/filler 2> /dev/null; true"
SCRAPE = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9721/metrics').read().decode())"
)

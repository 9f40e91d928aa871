# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/pause.yml and resume.yml: the whole fleet, or some of it, from the controller."""

import json

import pytest

PAUSE, RESUME = "playbooks/pause.yml", "playbooks/resume.yml"
WHY = ("-e", "hours=2", "-e", "reason='the resolver lies'", "-e", "owner=jane")
HOSTS = ["mx-bookworm", "mx-trixie"]


@pytest.fixture
def paused(other_hosts):
    """Tell which hosts are paused, by whom; resume them all in the end."""

    def look():
        said = {
            name: host.check_output("ptrgate pause --json") for name, host in other_hosts.items()
        }
        found = {name: json.loads(text)["pause"] for name, text in said.items()}
        return {name: pause["owner"] for name, pause in found.items() if pause}

    yield look
    for host in other_hosts.values():
        host.check_output("ptrgate resume && rm -f /var/lib/ptrgate/milter/.amending")


def changed(run):
    assert run.status == 0, run.output
    return sorted({row["host"] for row in run.changed})


def test_check_mode_says_what_would_be_and_changes_nothing(play, paused):
    assert (changed(play(PAUSE, "--check", *WHY)), paused()) == (HOSTS, {})


def test_the_fleet_is_paused_once_and_resumed_once(play, paused):
    first = play(PAUSE, *WHY)
    assert (changed(first), paused()) == (HOSTS, dict.fromkeys(HOSTS, "jane"))
    assert first.output.count("refuses nobody until 20") == 2
    assert changed(play(PAUSE, *WHY)) == []
    assert (changed(play(RESUME, "--limit", "mx-trixie")), list(paused())) == (
        ["mx-trixie"], ["mx-bookworm"]
    )  # fmt: skip
    assert (changed(play(RESUME)), paused()) == (["mx-bookworm"], {})


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-e", "hours=two", "-e", "reason=x"),
        ("-e", "hours=73", "-e", "reason=x"),
    ],
)
def test_how_long_and_why_must_be_said(play, paused, arguments):
    run = play(PAUSE, *arguments)
    assert run.status != 0
    assert "How long, and why? -e hours=2 -e reason=" in run.said
    assert paused() == {}


EXEMPT = "playbooks/exempt.yml"
FOR = ("-e", "network=198.51.100.20", "-e", "days=3", "-e", "owner=jane", "-e", "reason='slow'")


@pytest.fixture
def exempt(other_hosts):
    """Tell which hosts exempt somebody at run time; nobody does in the end."""

    def look():
        said = {
            name: json.loads(host.check_output("ptrgate exempt list --json"))["exemptions"]
            for name, host in other_hosts.items()
        }
        return [name for name, rows in said.items() if any(not row["expired"] for row in rows
                if row["origin"] == "host")]  # fmt: skip

    yield look
    for host in other_hosts.values():
        host.check_output("cd /var/lib/ptrgate/milter && rm -f exemptions.json .amending")


def test_the_fleet_exempts_once_and_ends_it_once(play, exempt):
    assert (changed(play(EXEMPT, "--check", *FOR)), exempt()) == (HOSTS, [])
    assert (changed(play(EXEMPT, *FOR)), exempt()) == (HOSTS, HOSTS)
    assert changed(play(EXEMPT, *FOR)) == []
    assert (changed(play(EXEMPT, "-e", "expire=198-51-100-20")), exempt()) == (HOSTS, [])


def test_nobody_is_exempted_for_nothing(play, exempt):
    run = play(EXEMPT, "-e", "network=198.51.100.20", "-e", "days=3")
    assert run.status != 0
    assert "who answers for it, and why?" in run.said
    assert exempt() == []

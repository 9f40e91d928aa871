# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred rounds of random DNS faults: a good gate never closes, one whose PTR is gone always."""

import json
from pathlib import Path

import pytest
import yaml

from lab.mail import ROOT, inside

HERE = Path(__file__).parents[1]
LAB = yaml.safe_load((ROOT / "inventory/lab/group_vars/all/lab.yml").read_text())
ROUNDS = 100


@pytest.fixture(scope="module")
def told(engine, seed):
    """Return what the rounds came to."""
    servers = (HERE / "nameservers.py").read_text()
    inside("dns", "python3", "-", LAB["lab_lanes"], str(ROUNDS), words=servers)
    try:
        lanes = str(len(LAB["lab_lanes"]))
        return json.loads(engine("mx-bookworm", HERE / "rounds.py", str(seed), str(ROUNDS), lanes))
    finally:
        inside("dns", "python3", "-", words=servers)


def shown(told, one):
    return f"OUTBOUND_SEED={told['seed']} round {one['round']}: " + "; ".join(
        f"{fault or 'well'}: good {good}, gone {gone}"
        for fault, (good, gone) in zip(
            one["faults"] + [""] * len(one["seen"]), one["seen"], strict=False
        )
    )


def patience(told, one):
    """Return the seconds in which the gate must close once DNS is well.

    A proof that could not find out, because this machine was too busy to be answered, counts not.
    """
    afterwards = one["seen"][len(one["faults"]) :]
    blind = sum(gone.startswith("unknown") for _good, gone in afterwards)
    return (told["fails"] + blind) * told["interval"]


def test_a_good_gate_never_closes(told):
    closed = [shown(told, one) for one in told["rounds"] if one["good_closed"] is not None]
    assert (len(told["rounds"]), closed) == (ROUNDS, [])


def test_a_gate_whose_ptr_is_gone_closes_every_time_and_in_time(told):
    late = [
        shown(told, one)
        for one in told["rounds"]
        if one["gone_closed"] is None
        or one["gone_closed"] - one["faults_over"] > patience(told, one)
    ]
    assert (len(told["rounds"]), late) == (ROUNDS, [])


# What comes and goes from proof to proof; where a gate ends that was open, and one that was closed.
FLAPPING = [
    ("the PTR record", "direct", "hold"),
    ("the servers, by SERVFAIL", "direct", "direct"),
    ("the servers, by silence", "direct", "direct"),
    ("one server's PTR record", "direct", "direct"),
]


@pytest.mark.parametrize(("what", "opened", "closed"), FLAPPING)
def test_what_comes_and_goes_closes_no_gate(told, what, opened, closed):
    assert told["flapping"][what] == [opened, closed]


def test_the_faults_were_felt(told):
    """Or a packet filter that does nothing would pass all of this."""
    seen = [
        good
        for one in told["rounds"]
        for _fault, (good, _gone) in zip(one["faults"], one["seen"], strict=False)
    ]
    assert seen.count("unknown dns_failure") > ROUNDS / 4
    assert seen.count("pass ok") > ROUNDS / 4

# SPDX-License-Identifier: GPL-3.0-or-later
"""The first inputs of the recorded fuzz come out as they did then, with this Python too."""

import dns.version
import pytest

from bench.fuzz.__main__ import recorded
from bench.fuzz.run import FIRST, TARGETS, run

OLD = dns.version.version.startswith("2.3.")


@pytest.mark.parametrize("target", TARGETS)
def test_hostile_inputs_come_out_as_recorded(target):
    if OLD and target != "dns":
        pytest.skip("dnspython has no part in it")
    known = recorded()
    assert run(target, known["seed"], FIRST)["digest"] == known["targets"][target]["first"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_million_inputs_are_recorded(target):
    assert recorded()["targets"][target]["inputs"] >= 1_000_000

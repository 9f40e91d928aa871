# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault through a whole rollout: it ends on the canary, and no other host is touched.

A minute a fault, so not in CI: make test-long.
"""

import os

import pytest

from tests.planted import FAULTS
from tests.releasing import HOSTS, in_use, settled

pytestmark = pytest.mark.skipif("ROLLOUT_LONG" not in os.environ, reason="make test-long")

CANARY, OTHER = HOSTS
QUICK = {
    "rollout_soak_seconds": 20, "rollout_soak_most_seconds": 120, "rollout_sample": 30,
    "rollout_drain_seconds": 5,
}  # fmt: skip
# Nothing on the host and nobody who tries it can see these: mail that comes can.
ONLY_MAIL_TELLS = {
    "good senders are taken for lines": ({"engine_naming_lines": ["good.example"]}, "refused"),
}
TOLD = {
    name: ({"postfix_parameters": dict(one.partition("=")[::2] for one in words)}, said)
    for name, (words, said) in FAULTS.items()
}


@pytest.mark.parametrize("name", TOLD | ONLY_MAIL_TELLS)
def test_a_fault_ends_on_the_canary(play, writing, name):
    variables, words = (TOLD | ONLY_MAIL_TELLS)[name]
    before, was = settled(), in_use()
    with writing() as told:
        done = play("playbooks/rollout.yml", **variables, **QUICK)
    assert done.status != 0
    assert f"The rollout stops at {CANARY}" in done.said
    assert words in done.said
    assert "Put the release to use" not in done.tasks(OTHER)
    assert (in_use(), settled()) == (was, before)
    assert told.wrong() == {}

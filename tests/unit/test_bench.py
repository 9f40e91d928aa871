# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench counts what it says it counts."""

from collections import Counter

import pytest

from bench import crowd, figures, passes
from bench.passes import Pass

PASSED, REFUSED, DEFERRED = "rcpt:250", "rcpt:550", "rcpt:450"
GOOD, NAMELESS, LINE = (next(crowd.shuffled(kind)) for kind in ("good", "no_ptr", "dynamic"))


def test_the_crowd_has_its_shares():
    counts = Counter(crowd.expected(client) for client in crowd.shuffled())
    assert sum(counts.values()) == 65536
    assert {kind: round(100 * count / 65536) for kind, count in counts.items()} == crowd.SHARES


@pytest.mark.parametrize(
    "setting, client, outcome, wrong",
    [
        ("none", NAMELESS, PASSED, {}),
        ("postfix", NAMELESS, DEFERRED, {}),
        ("postfix", NAMELESS, PASSED, {"no_ptr rcpt:250": 1}),
        ("postfix", LINE, PASSED, {}),
        ("ptrgate", NAMELESS, REFUSED, {}),
        ("ptrgate", LINE, PASSED, {"dynamic rcpt:250": 1}),
        ("ptrgate", GOOD, REFUSED, {"good rcpt:550": 1}),
        ("ptrgate", GOOD, "lost", {"good lost": 1}),
    ],
)
def test_an_answer_that_the_setting_does_not_promise_is_wrong(setting, client, outcome, wrong):
    assert passes.wrong(setting, [(client, outcome, 1.0)], message=False) == wrong


def test_the_total_is_all_of_postfix_and_of_us_and_the_resolver_but_not_the_journal():
    names = ("postfix@-", "ptrgate-milter", "ptrgate-dns", "unbound", "systemd-journald", "ssh")
    after = {f"{name}.service": {"cpu": 1.0} for name in names}
    spent = passes.spending({"unbound.service": {"cpu": 0.5}}, after, 1000)
    assert spent["postfix"] == 1.0
    assert spent["journald"] == 1.0
    assert spent["total"] == 3.5


def test_a_ratio_is_of_one_round():
    def trial(number, setting, total):
        cpu = {"total": total, "milter": 0.0}
        measured = Pass(setting, 1, cpu, 1.0, 1.0, 1.0, 1.0, 1.0, {})
        return figures.Trial(number, "refused", "cold", measured)

    trials = [trial(1, "ptrgate", 30.0), trial(0, "ptrgate", 2.0)]
    trials += [trial(0, "postfix", 1.0), trial(1, "postfix", 10.0)]
    assert figures.ratio(trials, "refused", "cold", figures.total) == figures.Spread(2.5, 2.0, 3.0)

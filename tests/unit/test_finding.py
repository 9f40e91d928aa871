# SPDX-License-Identifier: GPL-3.0-or-later
"""From names to findings: what the address is, and which name is shown."""

import pytest

from ptrgate.judge.finding import judge
from ptrgate.judge.policy import Policy
from tests.unit.zone import FAILS, Zone

V4, V6, OTHER = "198.51.100.30", "2001:db8::30", "192.0.2.99"
LINE = "dsl-198-51-100-30.dynamic.isp.example"
LINE2 = "pool-198-51-100-30.dsl.isp.example"
OWN = "mx.company.example"
POLICY = Policy(own_names=frozenset({OWN}))


@pytest.mark.parametrize(
    ("records", "finding", "diagnosis", "name"),
    [
        pytest.param(
            {V4: ["mx.example.org"], "mx.example.org": [V4]}, "ok", "ok", "mx.example.org", id="ok"
        ),
        pytest.param({}, "no_ptr", "no_ptr", "", id="no name"),
        pytest.param({V4: FAILS}, "dns_failure", "dns_failure", "", id="no answer"),
        pytest.param(
            {V4: ["a.example", "b.example"], "b.example": [OTHER]}, "forged", "forward_mismatch",
            "a.example", id="a name leads elsewhere",
        ),
        pytest.param({V4: ["a.example"]}, "forged", "forward_missing", "a.example", id="nowhere"),
        pytest.param({V4: ["localhost"]}, "forged", "junk_name", "localhost", id="junk"),
        pytest.param({V4: [OWN], OWN: [OTHER]}, "forged", "junk_name", OWN, id="our own name"),
        pytest.param({V4: [LINE], LINE: [V4]}, "dynamic", "dynamic_name", LINE, id="a DSL line"),
        pytest.param(
            {V4: [LINE, LINE2], LINE: [V4], LINE2: [V4]}, "dynamic", "dynamic_name", LINE,
            id="every confirmed name is dynamic",
        ),
        pytest.param(
            {V4: [LINE, "mx.example.org"], LINE: [V4], "mx.example.org": [V4]}, "ok", "ok",
            "mx.example.org", id="one confirmed name is a server's",
        ),
        pytest.param(
            {V4: [LINE, "mx.example.org"], LINE: [V4], "mx.example.org": [OTHER]}, "dynamic",
            "dynamic_name", LINE, id="the server's name is not confirmed",
        ),
        pytest.param({V4: [LINE]}, "forged", "forward_missing", LINE, id="an unconfirmed line"),
    ],
)  # fmt: skip
def test_finding(records, finding, diagnosis, name):
    judgement = judge(V4, Zone(records), POLICY)
    said = (judgement.finding, judgement.diagnosis, judgement.name)
    assert said == (finding, diagnosis, name)


def test_ipv6_without_name_has_a_diagnosis_of_its_own():
    judgement = judge(V6, Zone({}), POLICY)
    assert (judgement.finding, judgement.diagnosis) == ("no_ptr", "ipv6_without_ptr")


def test_verdict_on_the_name_shown_travels_along():
    judgement = judge(V4, Zone({V4: [LINE], LINE: [V4]}), POLICY)
    assert judgement.dynamic is not None
    rules = {evidence.rule for evidence in judgement.dynamic.evidence}
    assert rules >= {"address.whole", "word.line"}

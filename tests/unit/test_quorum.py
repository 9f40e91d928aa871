# SPDX-License-Identifier: GPL-3.0-or-later
"""Several witnesses, one verdict: more than half of those who could find out."""

from dataclasses import replace

import pytest

from ptrgate.diagnosis.diagnose import Diagnosed
from ptrgate.judge.words import Diagnosis
from ptrgate.outbound.quorum import Place, Witness, conclude, why_unknown

D = Diagnosis
PLACES = (Place.LOCAL, Place.WORLD, Place.INDEPENDENT, Place.INDEPENDENT)
NONE = None


def witnesses(*said):
    """Return witnesses: local, authoritative, then independent ones; None was not asked."""
    return [
        Witness(f"{place}{number}", place, Diagnosed("192.0.2.25", word))
        for number, (place, word) in enumerate(zip(PLACES, said, strict=False))
        if word
    ]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        pytest.param([D.OK], D.OK, id="the local resolver alone"),
        pytest.param([D.NO_PTR], D.NO_PTR, id="the local resolver alone, and no name"),
        pytest.param([D.DNS_FAILURE], D.DNS_FAILURE, id="it could not find out"),
        pytest.param([D.DNS_FAILURE, D.OK], D.OK, id="a cold cache abstains"),
        pytest.param([D.OK, D.DNS_FAILURE], D.OK, id="port 53 is closed: the resolver decides"),
        pytest.param([D.OK, D.NO_PTR], D.NO_PTR, id="local data: the world decides a tie"),
        pytest.param([D.NO_PTR, D.OK], D.OK, id="a zone hidden here: the world decides a tie"),
        pytest.param([D.NO_PTR, D.LAME_DELEGATION], D.LAME_DELEGATION, id="the nearest word"),
        pytest.param([D.OK, D.LAME_DELEGATION], D.OK, id="lame gives way to an answer"),
        pytest.param([D.DNS_FAILURE, D.LAME_DELEGATION], D.LAME_DELEGATION, id="lame alone"),
        pytest.param([D.OK, D.OK, D.NO_PTR], D.OK, id="one bad public resolver"),
        pytest.param([NONE, D.OK, D.NO_PTR], D.DNS_FAILURE, id="one against one proves nothing"),
        pytest.param([D.OK, D.NO_PTR, D.OK], D.OK, id="two caches outlive a removal"),
        pytest.param([D.OK, D.NO_PTR, D.NO_PTR], D.NO_PTR, id="until they agree"),
        pytest.param([D.OK, D.NO_PTR, D.OK, D.NO_PTR], D.NO_PTR, id="two and two: not ours"),
    ],
)
def test_verdict_of_a_panel(said, found):
    assert conclude(witnesses(*said)).diagnosis == found


def test_wrong_signatures_overrule_everybody():
    said = witnesses(D.DNS_FAILURE, D.OK)
    assert conclude(said, is_bogus=True).diagnosis == D.DNS_FAILURE
    assert "DNSSEC" in why_unknown(said, is_bogus=True)


def test_while_servers_contradict_each_other_nobody_proves_anything():
    local, world, first, second = witnesses(D.NO_PTR, D.DNS_FAILURE, D.NO_PTR, D.NO_PTR)
    torn = replace(world, is_torn=True)
    assert conclude([local, torn]).diagnosis == D.DNS_FAILURE
    assert conclude([local, torn, first, second]).diagnosis == D.DNS_FAILURE
    assert conclude([local, world]).diagnosis == D.NO_PTR


def test_a_disagreement_is_told():
    said = why_unknown(witnesses(NONE, D.OK, D.NO_PTR))
    assert said == "they disagree: authoritative1 says ok, independent2 says no_ptr"


def test_without_a_witness_there_is_no_verdict():
    with pytest.raises(ValueError, match="nobody was asked"):
        conclude([])

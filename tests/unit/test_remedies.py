# SPDX-License-Identifier: GPL-3.0-or-later
"""Every diagnosis has one remedy, in words that can be forwarded."""

from dataclasses import astuple

import pytest

from ptrgate.diagnosis.remedies import REMEDIES, remedy
from ptrgate.judge.words import Diagnosis


def test_every_diagnosis_has_a_remedy_and_nothing_else_has():
    assert set(REMEDIES) == set(Diagnosis)


@pytest.mark.parametrize("diagnosis", Diagnosis)
def test_nothing_is_left_unfilled_and_every_text_is_one_line(diagnosis):
    for text in astuple(remedy(diagnosis, address="192.0.2.7", name="mx.example.org")):
        assert text.isprintable()
        assert "{" not in text
        assert text


@pytest.mark.parametrize("diagnosis", [d for d in Diagnosis if d != Diagnosis.OK])
def test_whoever_is_asked_is_told_which_address(diagnosis):
    words = remedy(diagnosis, address="192.0.2.7", name="mx.example.org")
    assert "192.0.2.7" in words.meaning
    assert "192.0.2.7" in words.ask or diagnosis == Diagnosis.NOT_PUBLIC


def test_a_name_from_dns_cannot_write_the_sentence():
    words = remedy(
        Diagnosis.FORWARD_MISSING, address="192.0.2.7", name="a\r\nb{address}" + "x" * 300
    )
    assert "a??b{address}xxx" in words.meaning
    assert "x" * 60 not in words.meaning


def test_without_a_name_the_sentence_still_reads():
    assert (
        remedy(Diagnosis.OK).meaning == "The name is the name of the address, and leads back to it."
    )

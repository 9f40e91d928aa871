# SPDX-License-Identifier: GPL-3.0-or-later
"""What the whole policy costs on the labelled names: the model, and what it comes to."""

import pytest

from bench.accuracy.cost import SETTINGS, Client, Setting, corpora, dearest, messages, with_fate
from bench.accuracy.cost_told import told
from bench.accuracy.sets import sets
from bench.accuracy.validate import judges
from ptrgate.judge.words import Point

V4, V6 = "192.0.2.7", "2001:db8::7"
# finding, known, address, and the fates: neither, deferral, memory, both
FATES = [
    ("ok", False, V4, "passes passes passes passes"),
    ("not told apart", False, V4, "passes passes passes passes"),
    ("no_ptr", False, V4, "stopped stopped stopped stopped"),
    ("no_ptr", True, V4, "stopped delayed delayed passes"),
    ("no_ptr", False, V6, "delayed delayed delayed delayed"),
    ("no_ptr or forged", True, V4, "stopped stopped delayed delayed"),
    ("no_ptr or forged", False, V4, "stopped stopped stopped stopped"),
    ("forged", True, V4, "stopped stopped stopped stopped"),
    ("dynamic", True, V4, "stopped stopped stopped stopped"),
]


@pytest.mark.parametrize("finding, known, address, fates", FATES)
def test_fates(finding, known, address, fates):
    client = Client(address, "", "", 1, finding, known)
    assert [setting.fate(client) for setting in SETTINGS] == fates.split()


@pytest.mark.parametrize(
    "name, helo, organisation",
    [
        ("mail.example.co.uk", "x", "example.co.uk"),
        ("", "mail.example.org", "example.org"),
        ("", "[192.0.2.7]", "192.0.2"),
        ("", "localhost", "192.0.2"),
    ],
)
def test_organisation(name, helo, organisation):
    assert Client(V4, name, helo, 1, "no_ptr", known=False).organisation == organisation


@pytest.fixture(scope="module")
def by_point():
    return {point: list(corpora(judge)) for point, judge in judges(sets()).items()}


def lost(corpus, setting):
    stopped = [messages(with_fate(who, setting, "stopped")) for who in (corpus.spam, corpus.good)]
    return stopped[0], stopped[1]


def test_of_ten_thousand_spam_messages_of_2007_one_good_one_is_lost(by_point):
    spam, good = lost(by_point[Point.CAUTIOUS][0], Setting(memory=True, deferral=True))
    assert spam >= 10_000 * good > 0


def test_the_dearest_rows_are_all_that_balanced_loses_of_2007(by_point):
    corpus = by_point[Point.BALANCED][0]
    spam, good = lost(corpus, Setting(memory=True, deferral=True))
    assert messages(dearest(corpus)) == good
    assert spam > 20_000


def test_memory_and_deferral_spare_good_mail(by_point):
    for corpus in by_point[Point.BALANCED]:
        neither, *_, both = (lost(corpus, setting) for setting in SETTINGS)
        assert both[1] <= neither[1]
        assert both[0] >= 0.99 * neither[0]
    assert both[1] < neither[1]


def test_it_is_told(by_point):
    text = "\n".join(told(by_point))
    assert text.count("memory, deferral") == len(by_point[Point.STRICT])
    assert "209.195.73.137" in text

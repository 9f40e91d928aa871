# SPDX-License-Identifier: GPL-3.0-or-later
"""What the classifier reaches on the labelled names, and that its evidence is the whole truth."""

import pytest

from bench.accuracy.examples import fold
from bench.accuracy.honest import nested, spread
from bench.accuracy.peers import COLUMNS, peers
from bench.accuracy.sets import domain, sets
from bench.accuracy.table import FILE as TABLE
from bench.accuracy.table import newly_flagged, text, train
from bench.accuracy.validate import POINTS, Weights, figures, tables
from ptrgate.judge.addresses import parse
from ptrgate.judge.dynamic import classify
from ptrgate.judge.embedded import find
from ptrgate.judge.evidence import IDIOMS, NOWHERE, UNNAMED
from ptrgate.judge.terms import Naming
from ptrgate.judge.vocabulary import SCHOOLS, owner, speaks_of
from ptrgate.judge.weights import WEIGHTS
from ptrgate.judge.words import Point

NAMES = {
    "spam 2007": 15213, "spam 2009": 246, "leaked 2019-26": 180, "ISP v4": 3658, "ISP v6": 938,
    "ham 2007-10 cap 3": 839, "ham 2019-26 cap 3": 1204, "ham 2019-26 all": 10414,
    "ham v6 cap 3": 196, "ham D": 36, "ham G": 58, "ham S": 2131,
}  # fmt: skip


@pytest.fixture(scope="module")
def named():
    return sets()


@pytest.fixture(scope="module")
def scores(named):
    return tables(named)


@pytest.fixture(scope="module")
def reached(named, scores):
    return dict(figures(named, scores))


@pytest.fixture(scope="module")
def trained(named):
    return train(named)


def test_the_sets_are_those_of_the_readme(named):
    assert {name: len(pairs) for name, pairs in named.items()} == NAMES
    assert len(peers()) == 7
    assert set(COLUMNS) == set(NAMES)


@pytest.mark.parametrize(
    "point, name, most",
    [
        ("balanced", "ham S", 0.05),
        ("balanced", "ham G", 30),
        ("strict", "ham S", 0.2),
        ("cautious", "ham S", 0),
        ("cautious", "ham G", 10),
    ],
)
def test_good_senders_of_unseen_domains_are_let_in(reached, point, name, most):
    assert reached[Point(point)][name] <= most


@pytest.mark.parametrize(
    "name, balanced, strict",
    [
        ("ham D", 88, 92),
        ("spam 2007", 84, 88),
        ("spam 2009", 74, 79),
        ("ISP v4", 95, 98),
        ("ISP v6", 97, 98),
    ],
)
def test_lines_of_unseen_domains_are_known(reached, name, balanced, strict):
    assert reached[Point.BALANCED][name] >= balanced
    assert reached[Point.STRICT][name] >= strict


def test_thresholds_found_without_a_domain_do_as_well_there(named, reached):
    expected = nested(named, strict=False)
    for name, least in (("ham D", 88), ("spam 2007", 84), ("spam 2009", 74), ("ISP v4", 95)):
        assert expected[name] >= least
        assert expected[name] == pytest.approx(reached[Point.BALANCED][name], abs=2)
    assert expected["ham S"] <= 0.05


def test_chance_is_told_around_the_figures(named, scores, reached):
    low, high = spread(scores[False], named, POINTS[Point.BALANCED])
    for name, share in reached[Point.BALANCED].items():
        assert low[name] <= share <= high[name]


def shows(rule, part, address):
    """Tell whether a part of a name, alone, shows a rule."""
    kind, _, detail = rule.partition(".")
    detail = detail.partition(".")[0]
    if kind == "address":
        found = find(part, address)
        return found is not None and found.kind == detail
    if kind == "idiom":
        return IDIOMS[detail].search(part) is not None
    labels = part.split(".")
    return {
        "word": lambda: speaks_of(part) == detail,
        "domain": lambda: detail in dict(owner(part)),
        "placeholder": lambda: len(labels) == 1 or labels[-1] in NOWHERE,
        "unnamed": lambda: part in UNNAMED,
        "school": lambda: bool(SCHOOLS & set(labels)),
    }[kind]()


@pytest.mark.parametrize("point", Point)
def test_evidence_read_again_alone_gives_the_score(named, point):
    for name, address in dict.fromkeys(pair for pairs in named.values() for pair in pairs):
        found = classify(name, address, Naming(point))
        read = [e for e in found.evidence if shows(e.rule, name[slice(*e.span)], parse(address))]
        again = sum(WEIGHTS[point][evidence.rule] for evidence in read)
        assert round(again, 2) == found.score, (name, address, found)


@pytest.mark.parametrize("point", Point)
def test_the_table_that_ships_is_the_one_the_data_give(trained, point):
    """Nearly: where a name's own part begins depends on this machine's public suffix list."""
    assert trained[point].rules == pytest.approx(WEIGHTS[point], abs=0.2)


def test_the_table_is_written_as_it_is_read(trained):
    assert text(trained).count("\n") == TABLE.read_text(encoding="utf-8").count("\n")


def test_an_update_that_flags_a_known_good_server_is_refused(trained):
    worse = {point: Weights({"word.mail": 9.0}, 0.0) for point in trained}
    assert not list(newly_flagged(trained))
    assert "mail" in next(newly_flagged(worse))[1][0]


def test_no_domain_is_in_two_parts_of_the_split(named):
    parts = {}
    for name, _ in named["spam 2007"]:
        parts.setdefault(domain(name), set()).add(fold(name))
    assert {len(part) for part in parts.values()} == {1}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs that judge names: one for a person, one for thousands."""

import io
import json

import pytest

from ptrgate.cli.frame import main
from ptrgate.judge.meanings import meaning
from ptrgate.judge.weights import WEIGHTS
from ptrgate.judge.words import Point

LINE, SERVER = "dsl-192-0-2-7.isp.example", "mail.example.org"


@pytest.fixture
def given(monkeypatch):
    def give(text):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))

    return give


@pytest.mark.parametrize(
    "name, status, said",
    [
        (LINE, 1, ["DSL, dial-up or dynamic line", "dsl  ", "192-0-2-7  ", "the whole address"]),
        (SERVER, 0, ["the name is a server's", "-5.", "a word for mail servers"]),
        ("example.org", 0, ["Nothing in the name speaks for a line"]),
        ("a\x1b[2J.example.org", 0, ["a\\027[2J.example.org"]),
    ],
)
def test_name_says_why(capsys, name, status, said):
    assert main(["name", name, "192.0.2.7"]) == status
    told = capsys.readouterr().out
    assert [words for words in said if words not in told] == []


def test_name_in_json(capsys):
    assert main(["name", LINE, "192.0.2.7", "--json", "--point", "strict"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert (facts["verdict"], facts["point"]) == (True, "strict")
    assert facts["score"] == round(sum(e["weight"] for e in facts["evidence"]), 2)
    assert facts["score"] >= facts["least"]


def test_classify_prints_a_row_for_each_line(capsys, given):
    given(f"{LINE}\t192.0.2.7\n{SERVER}\t192.0.2.8\textra\n".encode())
    assert main(["classify"]) == 0
    rows = [row.split("\t") for row in capsys.readouterr().out.splitlines()]
    assert [row[:3] for row in rows] == [[LINE, "192.0.2.7", "1"], [SERVER, "192.0.2.8", "0"]]
    assert float(rows[1][3]) < 0 < float(rows[0][3])
    assert rows[1][4].startswith("word.mail=-")
    assert rows[1][4].endswith("@0-4")


def test_classify_says_which_line_it_cannot_read(capsys, given):
    given(f"{SERVER}\tnowhere\n{SERVER}\t192.0.2.8\n".encode())
    assert main(["classify"]) == 1
    said = capsys.readouterr()
    assert said.err == "line 1: 'nowhere' is not an IP address\n"
    assert len(said.out.splitlines()) == 1


def test_the_policy_says_how_names_are_judged(capsys, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('mode = "observe"\n[naming]\nservers = ["isp.example"]\n')
    assert main(["name", LINE, "192.0.2.7", "--policy", str(policy)]) == 0
    assert "this host's policy" in capsys.readouterr().out


def test_every_rule_has_a_meaning():
    assert all(meaning(rule) for rule in WEIGHTS[Point.BALANCED])

# SPDX-License-Identifier: GPL-3.0-or-later
"""The report: a host's journal added up, a fleet's page made of it, and nothing in it that acts."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from ptrgate.cli.frame import main
from ptrgate.cli.report_page import page
from ptrgate.cli.report_plots import spans
from ptrgate.cli.report_sums import by_day, ending, worst
from ptrgate.cli.reported import Host, Move, answered
from ptrgate.logs import weekly
from ptrgate.logs.journald import Entry
from ptrgate.milter import journal

DAY = 86400
NETWORK = "198.51.100.0/24"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
NO_PTR = {"ref": "1Q", "address": "198.51.100.7", "family": "v4", "finding": "no_ptr",
          "rule": "default", "action": "refuse", "stage": "rcpt"}  # fmt: skip
NEIGHBOUR = NO_PTR | {"address": "198.51.100.9"}
LINE = NO_PTR | {"finding": "dynamic", "name": "dsl-7.isp.example"}
DEFERRED = NO_PTR | {"finding": "dns_failure", "action": "defer"}
GOOD = NO_PTR | {"finding": "ok", "action": "accept", "name": "mx.example.net"}
EXEMPT = NO_PTR | {"rule": "exemption:partner", "action": "accept"}


def entries(*lines, when=NOW):
    return [Entry(when, "mx", journal.line(values)) for values in lines]


def week(*lines):
    return weekly.read(entries(*lines)).facts()


@pytest.mark.parametrize(
    ("lines", "sessions"),
    [
        pytest.param([], {}, id="nobody came"),
        pytest.param([NO_PTR, NEIGHBOUR], {"no_ptr": {"refuse": 2}}, id="two of a kind"),
        pytest.param([NO_PTR, EXEMPT], {"no_ptr": {"accept": 1, "refuse": 1}},
                     id="one of them exempt"),
        pytest.param([GOOD], {"ok": {"accept": 1}}, id="a good one"),
    ],
)  # fmt: skip
def test_a_day_is_added_up(lines, sessions):
    assert week(*lines)["days"] == ({"2026-11-27": sessions} if sessions else {})


@pytest.mark.parametrize(
    ("lines", "who"),
    [
        pytest.param([GOOD, EXEMPT], [], id="who was let in was not hit"),
        pytest.param([NO_PTR, NEIGHBOUR], [(NETWORK, 2, 0)], id="without a name a network"),
        pytest.param([LINE], [("isp.example", 1, 0)], id="with a name its domain"),
        pytest.param([DEFERRED, DEFERRED, LINE], [("isp.example", 1, 0), (NETWORK, 0, 2)],
                     id="refused is worse than deferred"),
    ],
)  # fmt: skip
def test_whom_it_hit(lines, who):
    told = week(*lines)["organisations"]
    assert [(one["name"], one["refuse"], one["defer"]) for one in told] == who


def test_a_line_that_is_none_is_left_out():
    odd = [Entry(NOW, "mx", "ref=damaged"), Entry(NOW, "mx", "")]
    assert weekly.read([*odd, *entries(NO_PTR)]).facts()["days"] == week(NO_PTR)["days"]


MOVED = "gate event=moved mode=prove from=direct to=hold would=hold ipv4=closed"
HELD = "gate event=guarded messages=3 waiting=3"


def test_what_the_gate_did():
    told = weekly.moves([Entry(NOW, "mx", MOVED), Entry(NOW, "mx", HELD), Entry(NOW, "mx", "x")])
    assert [(one["event"], one["from"], one["to"]) for one in told] == [
        ("moved", "direct", "hold"), ("guarded", "", ""),
    ]  # fmt: skip


def facts(**changes):
    """Return what a host says of itself."""
    return {
        "host": "mx1",
        "week": week(NO_PTR, LINE, GOOD),
        "moves": [{"at": NOW - DAY, "event": "moved", "from": "direct", "to": "hold"}],
        "exemptions": [
            {"id": "partner", "who": "192.0.2.0/28", "owner": "jane", "reason": "soon",
             "expires": "2026-12-01", "days_left": 4},
            {"id": "later", "who": "192.0.2.9/32", "owner": "jane", "reason": "long",
             "expires": "2027-12-01", "days_left": 369},
        ],
        "now": {
            "gate": {"rung": "hold"}, "policy": {"digest": "cafe", "mode": "enforce"}, "errors": 0,
            "queue": {"messages": {"deferred": 5}, "certificate_days": {"smtp RSA": 3.0}},
        },
        "judging": {"most_within": 20},
    } | changes  # fmt: skip


def host(name="mx1", **changes):
    return answered(name, {"rc": 0, "stdout": json.dumps(facts(**changes))})


@pytest.mark.parametrize(
    ("result", "why"),
    [
        pytest.param({}, "it could not be asked", id="nobody was asked"),
        pytest.param({"unreachable": True, "msg": "no route"}, "no route", id="unreachable"),
        pytest.param({"rc": 70, "stderr": "no journal"}, "no journal", id="it failed"),
        pytest.param({"rc": 0, "stdout": "<html>"}, "cannot be read", id="no JSON"),
        pytest.param({"rc": 0, "stdout": "[]"}, "cannot be read", id="other JSON"),
        pytest.param({"rc": 0, "stdout": json.dumps(facts(week={"days": {"x": 1}}))},
                     "cannot be read", id="half of it"),
    ],
)  # fmt: skip
def test_a_host_that_does_not_answer_is_missing(result, why):
    assert why in answered("mx2", result).missing
    assert "!! mx2: " in page([host(), answered("mx2", result)], NOW - 7 * DAY, NOW)


def test_a_fleet_is_added_up():
    both = [host("mx1"), host("mx2")]
    assert by_day(both)["2026-11-27"] == {"no_ptr": 2, "dynamic": 2, "ok": 2}
    assert [(one.name, one.refuse, one.hosts) for one in worst(both)] == [
        ("198.51.100.0/24", 2, 2), ("isp.example", 2, 2),
    ]  # fmt: skip


def test_exemptions_that_end_are_named_once_with_their_hosts():
    other = host("mx2", exemptions=[])
    assert [(one.identity, names) for one, names in ending([host(), other], 30)] == [
        ("partner", "mx1")
    ]
    assert [names for _, names in ending([host(), host("mx2")], 30)] == ["all"]


@pytest.mark.parametrize(
    ("moves", "rung", "told"),
    [
        pytest.param([], "direct", [(0, 100, "direct")], id="it never moved"),
        pytest.param([], "", [], id="there is no gate"),
        pytest.param([(30, "direct", "hold")], "hold", [(0, 30, "direct"), (30, 100, "hold")],
                     id="it moved once"),
        pytest.param([(30, "", "")], "hold", [(0, 100, "hold")], id="what is no move is none"),
        pytest.param([(-5, "direct", "hold")], "hold", [(0, 100, "hold")], id="it moved before"),
        pytest.param([(60, "hold", "direct"), (30, "direct", "hold")], "direct",
                     [(0, 30, "direct"), (30, 60, "hold"), (60, 100, "direct")],
                     id="lines may be out of order"),
    ],
)  # fmt: skip
def test_where_the_gate_stood(moves, rung, told):
    moved = tuple(Move(at, "moved", after, before) for at, before, after in moves)
    assert list(spans(Host("mx", moves=moved, rung=rung), 0, 100)) == told


class Page(HTMLParser):
    """The elements of a page, each closed, and its text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


EVIL = "<script>alert(1)</script>\"'\x1b[2J<img src=//evil.example>"


@pytest.fixture(scope="module")
def evil():
    """The page of a host that says what no host should."""
    text = json.dumps(facts()).replace("jane", "EVIL").replace("isp.example", "EVIL")
    text = text.replace('"moved"', '"EVIL"').replace("cafe", "EVIL").replace("hold", "EVIL")
    said = text.replace("EVIL", json.dumps(EVIL)[1:-1])
    return page([answered(EVIL, {"rc": 0, "stdout": said}), answered("b", {"msg": EVIL})], 0, NOW)


def test_what_a_host_says_is_text(evil):
    parsed = Page(evil)
    assert parsed.open == []
    assert not {"script", "img", "iframe", "link", "object", "a"} & {*parsed.tags}
    assert "<script>" in parsed.text
    assert "\x1b" not in evil


@pytest.mark.parametrize("made", ["evil", "page"])
def test_a_page_asks_nobody(made, evil):
    text = evil if made == "evil" else page([host()], NOW - 7 * DAY, NOW)
    names = {name for name, _ in Page(text).attributes}
    assert not names & {"src", "href", "xlink:href", "action", "srcset", "onload"}
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import", text)


def test_the_page_can_be_read_in_light_and_dark():
    text = page([host()], NOW - 7 * DAY, NOW)
    assert "color-scheme: light dark" in text
    assert "svg text { fill: currentColor }" in text


def test_the_page_says_it_all():
    told = Page(page([host("mx1"), host("mx2", exemptions=[])], NOW - 7 * DAY, NOW))
    for words in ("2 hosts, 6 sessions: 2 accept, 4 refuse", "198.51.100.0/24", "isp.example",
                  "partner", "2026-12-01", "direct", "66.7%", "20 ms", "!! 3 days"):  # fmt: skip
        assert words in told.text
    assert "later" not in told.text
    assert told.tags.count("svg") == 4


def test_hosts_of_different_policies_are_told():
    other = host("mx2", now=facts()["now"] | {"policy": {"digest": "beef", "mode": "observe"}})
    assert "different policies" in page([host(), other], NOW - DAY, NOW)
    assert "different policies" not in page([host(), host("mx2")], NOW - DAY, NOW)


def test_an_empty_fleet_has_a_page():
    assert "0 hosts, 0 sessions." in page([], NOW - DAY, NOW)


def test_the_command_makes_the_page_of_a_file(tmp_path, capsys):
    file = tmp_path / "hosts.json"
    file.write_text(json.dumps([["mx1", {"rc": 0, "stdout": json.dumps(facts())}], ["mx2", {}]]))
    assert main(["report", "--hosts", str(file)]) == 0
    assert "mx2: it could not be asked" in Page(capsys.readouterr().out).text


@pytest.mark.parametrize("words", ["", "{}x", "[1]"])
def test_a_file_that_is_none_is_said(tmp_path, capsys, words):
    (tmp_path / "hosts").write_text(words)
    assert main(["report", "--hosts", str(tmp_path / "hosts")]) == 70
    assert "ptrgate report: " in capsys.readouterr().err

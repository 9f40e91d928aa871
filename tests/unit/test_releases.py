# SPDX-License-Identifier: GPL-3.0-or-later
"""Where "back" leads, what stays for it, and what a change of release tells Postfix and systemd."""

import hashlib
import json
import os

import pytest
from ansible.module_utils.testing import patch_module_args

from filter_plugins.code_archive import code_archive
from library.release import main as module
from ptrgate.cli.frame import main
from ptrgate.releases import change, history, plan
from ptrgate.releases.history import Step, Why
from ptrgate.releases.host import Host
from ptrgate.releases.originals import Originals
from ptrgate.releases.postconf import Row, together

A, B, C = (Step(name, at=number) for number, name in enumerate("abc", 1))


def back(name):
    return Step(name, Why.BACK, 9)


@pytest.mark.parametrize(
    ("steps", "current", "leads"),
    [
        pytest.param([], "a", "", id="a first release has nothing before it"),
        pytest.param([A], "a", "", id="one step has nothing before it"),
        pytest.param([A, B], "b", "a", id="back leads to the release before"),
        pytest.param([A, B, back("a")], "a", "", id="said again it changes nothing"),
        pytest.param([A, B, back("a"), C], "c", "a", id="a bad release is never gone back to"),
        pytest.param([A, B, back("a"), B], "b", "a", id="rolled forward again, back is back again"),
        pytest.param([A], "b", "a", id="a switch that nobody wrote down counts"),
        pytest.param([A, B, back("a")], "b", "a", id="also after a step back"),
    ],
)
def test_back_leads_to(steps, current, leads):
    assert history.previous(steps, current) == leads


MADE = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}


@pytest.mark.parametrize(
    ("steps", "current", "keep", "gone"),
    [
        pytest.param([], "d", 3, ["a"], id="without a history the oldest goes"),
        pytest.param([A, B, C, Step("d", at=4)], "d", 4, [], id="as many as are kept stay"),
        pytest.param([Step("a", at=8), Step("d", at=9)], "d", 2, ["b", "c"],
                     id="the one before stays, however old"),
        pytest.param([Step("a", at=8), Step("d", at=9)], "d", 1, ["b", "c"],
                     id="also where only one is to be kept"),
        pytest.param([Step("b", at=8), Step("c", at=9), back("b")], "b", 3, ["a"],
                     id="one that waits to be put to use stays"),
    ],
)  # fmt: skip
def test_old_releases_go(steps, current, keep, gone):
    assert history.stale(MADE, steps, current, keep) == gone


def test_history_survives_a_line_that_nobody_can_read(tmp_path):
    history.note(tmp_path, "a", "b", Why.FORWARD)
    (tmp_path / "history").write_text("what?\n" + (tmp_path / "history").read_text())
    history.note(tmp_path, "b", "a", Why.BACK)
    steps = history.read(tmp_path)
    assert [(step.release, step.why) for step in steps] == [
        ("a", Why.FORWARD), ("b", Why.FORWARD), ("a", Why.BACK),
    ]  # fmt: skip


HOLDS = {
    "parameters": {
        "sender_dependent_default_transport_maps": "pcre:/var/lib/ptrgate/outbound.pcre",
        "master_service_disable": "hold/unix",
    }
}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        pytest.param({}, False, id="the same gate"),
        pytest.param({"sender_dependent_default_transport_maps": ""}, True, id="nobody is asked"),
        pytest.param({"master_service_disable": ""}, True, id="held mail would leave"),
        pytest.param({"myhostname": "mx.example.org"}, False, id="something else"),
    ],
)
def test_no_release_takes_the_gate_away(change, refused):
    after = {"parameters": HOLDS["parameters"] | change}
    assert bool(plan.opens(HOLDS, after)) is refused
    assert plan.opens({}, after) == ""


FOUND = {
    "parameters": {"biff": "no", "message_size_limit": "9", "soft_bounce": "yes"},
    "services": {"smtp/inet": "n - y - 1 postscreen"},
    "overrides": {},
}


@pytest.mark.parametrize(
    ("before", "after", "record", "rows"),
    [
        pytest.param({}, {"parameters": {"biff": "no"}}, {}, [], id="what is so already"),
        pytest.param({}, {"parameters": {"message_size_limit": 5}}, {},
                     [Row("parameters", "message_size_limit", "9", "5")], id="another value"),
        pytest.param({"parameters": {"soft_bounce": "yes"}}, {}, {"soft_bounce": None},
                     [Row("parameters", "soft_bounce", "yes", None)],
                     id="what only the old one says is as before us"),
        pytest.param({"parameters": {"soft_bounce": "yes"}}, {}, {}, [],
                     id="or stays if nobody knows what was before us"),
        pytest.param({"services": {"smtp/inet": "n - y - 1 postscreen"}}, {},
                     {"smtp/inet": "n - y - - smtpd"},
                     [Row("services", "smtp/inet", "n - y - 1 postscreen", "n - y - - smtpd")],
                     id="a service too"),
        pytest.param({}, {"parameters": {"from_the_future": "1"}}, {}, [],
                     id="what this Postfix does not know"),
    ],
)  # fmt: skip
def test_postfix_is_told(before, after, record, rows):
    assert plan.rows(FOUND, before, after, record, {"from_the_future"}) == rows


def test_each_file_of_postfix_changes_once():
    rows = [
        Row("parameters", "a", None, "1"), Row("parameters", "b", "1", None),
        Row("parameters", "c", "1", "2"), Row("services", "x/unix", None, "- - y - - smtp"),
    ]  # fmt: skip
    assert together(rows) == [
        ["postconf", "-e", "a=1", "c=2"],
        ["postconf", "-X", "b"],
        ["postconf", "-M", "x/unix=x unix - - y - - smtp"],
    ]


def sides(known=True, **what):
    return plan.Sides(known=known, **{name: frozenset(names) for name, names in what.items()})


def test_a_help_host_of_its_own_has_no_mail_to_tell():
    said = plan.restarts(sides(after=["ptrgate-page.service"]))
    assert [words[-1] for words in said] == ["ptrgate-page.service", "ptrgate-recheck.service"]


def test_what_shares_with_the_fleet_begins_anew():
    said = plan.restarts(sides(after=["ptrgate-milter.service", "ptrgate-share.service"]))
    assert ("systemctl", "try-restart", "ptrgate-share.service") in said


def test_what_is_not_there_is_not_told():
    """For a unit that is not there systemctl fails [run]."""
    changed = ["etc/postfix/ptrgate_limits.yaml", "etc/systemd/system/ptrgate-x.timer.d/y.conf"]
    said = plan.restarts(sides(settings=changed, after=["ptrgate-milter.service"]))
    assert [words for words in said if words[1] == "try-restart"] == []


@pytest.mark.parametrize(
    ("what", "done", "left"),
    [
        pytest.param({}, "reload ptrgate-milter.service", "nginx.service",
                     id="new code alone: workers are replaced one by one"),
        pytest.param({"units": ["ptrgate-milter.service"]}, "restart ptrgate-milter.service",
                     "reload ptrgate-milter", id="a changed unit takes a restart"),
        pytest.param({"units": ["ptrgate-milter.socket"]}, "restart ptrgate-milter.socket",
                     "reload ptrgate-milter", id="a changed socket takes it along"),
        pytest.param({"settings": ["etc/nginx/sites-available/ptrgate.conf"]},
                     "reload nginx.service", "unbound", id="nginx is told of its site"),
        pytest.param({"settings": ["etc/systemd/system/ptrgate-gate.timer.d/interval.conf"]},
                     "try-restart ptrgate-gate.timer", "try-restart ptrgate-selftest.timer",
                     id="a timer of its hour"),
    ],
)  # fmt: skip
def test_what_holds_settings_in_memory_is_told(what, done, left):
    mail = {"after": ["ptrgate-milter.service", "ptrgate-gate.timer"]}
    said = [" ".join(words) for words in plan.restarts(sides(**mail, **what))]
    assert "systemctl " + done in said
    assert [words for words in said if left in words] == []


def test_a_unit_that_is_to_run_no_more_stops():
    both = sides(before=["ptrgate-learn.timer", "ptrgate-gate.timer"], after=["ptrgate-gate.timer"])
    assert plan.stopped(both) == ["ptrgate-learn.timer"]


@pytest.fixture
def host(tmp_path, capsys):
    """A host's releases: `deploy` as the role does, `order` as an operator does."""
    root = tmp_path / "lib"
    (tmp_path / "src").mkdir()

    class There:
        place = root

        def deploy(self, text, **more):
            files = {"policy.toml": text, "running.json": "[]", "etc/none/such": text}
            args = {"root": str(root), "code": code_archive(str(tmp_path / "src")), **more}
            with patch_module_args({**args, "files": files}), pytest.raises(SystemExit):
                module()
            return json.loads(capsys.readouterr().out)["release"]

        def order(self, *words):
            status = main(["release", "--root", str(root), "--json", *words])
            said = capsys.readouterr()
            return status, json.loads(said.out) if said.out else {"words": said.err}

    return There()


def test_a_first_release_has_nothing_to_go_back_to(host):
    name = host.deploy("a")
    status, said = host.order("back")
    assert (status, said["changed"]) == (0, False)
    assert said["words"].startswith(f"{name} is the first that this host ran")


def test_back_says_what_it_would_change_and_changes_nothing(host):
    old, new = host.deploy("a"), host.deploy("b")
    status, said = host.order("back", "--dry-run")
    assert (status, said["changed"], said["differences"]) == (0, True, ["/etc/none/such"])
    assert said["words"] == f"{old} would be in use instead of {new}."
    assert host.order("list")[1]["current"] == new


def test_a_release_that_only_lies_there_is_not_in_use(host):
    old, new = host.deploy("a"), host.deploy("b", use=False)
    said = host.order("list")[1]
    assert (said["current"], said["before"]) == (old, "")
    assert new in said["words"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda place: (place / "policy.toml").write_text("x"),
                     "policy.toml was edited", id="an edited one"),
        pytest.param(lambda place: (place / "policy.toml").unlink(),
                     "policy.toml is missing", id="half a one"),
        pytest.param(lambda place: (place / "MANIFEST").unlink(), "no MANIFEST", id="unnamed"),
        pytest.param(lambda place: place.rename(place.with_name("elsewhere")),
                     "there is no release", id="one that is gone"),
    ],
)  # fmt: skip
def test_a_release_that_is_not_what_it_was_is_not_gone_back_to(host, spoil, words):
    old, _ = host.deploy("a"), host.deploy("b")
    spoil(host.place / "releases" / old)
    status, said = host.order("back", old, "--dry-run")
    assert (status, words in said["words"]) == (70, True)


def test_only_what_somebody_else_edited_counts_as_edited(tmp_path):
    """The role gives both files back octet for octet if nobody else has edited them."""
    conf, record = tmp_path / "etc", tmp_path / "previous.json"
    for place in (conf, record.with_suffix("")):
        place.mkdir()
    for name in ("main.cf", "master.cf"):
        (conf / name).write_text("ours")
    left = {name: hashlib.sha256(b"ours").hexdigest() for name in ("main.cf", "master.cf")}
    (record.with_suffix("") / "left.json").write_text(json.dumps(left))
    (conf / "master.cf").write_text("another's")
    record.write_text("{}")
    originals = Originals(record, conf)
    originals.keep()
    (conf / "main.cf").write_text("new")
    originals.sign()
    noted = json.loads((record.with_suffix("") / "left.json").read_text())
    assert noted == {"main.cf": hashlib.sha256(b"new").hexdigest(), "master.cf": None}


@pytest.mark.parametrize(
    ("why", "said"),
    [
        pytest.param(Why.FORWARD, ["reload"], id="forward, the old workers go on"),
        pytest.param(Why.BACK, ["reload", "restart"], id="back, the old ones are what is wrong"),
    ],
)
def test_a_milter_that_does_not_take_the_release(tmp_path, monkeypatch, why, said):
    """A stand-in for systemctl refuses to reload, and writes down what it was asked."""
    (tmp_path / "systemctl").write_text(
        f"#!/bin/sh\necho $1 >> {tmp_path}/said; test $1 = restart\n"
    )
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    wrong = change.tried(Host(), plan.RELOAD, why)
    assert (tmp_path / "said").read_text().split() == said
    assert bool(wrong) is (why is Why.FORWARD)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Named parameters of Postfix, through a postconf that keeps two small files."""

import json
import os

import pytest
from ansible.module_utils.testing import patch_module_args

from library.postfix_parameters import main

POSTCONF = r"""#!/usr/bin/env python3
import json, pathlib, sys
here = pathlib.Path(__file__).parent
main, master = (json.loads((here / name).read_text()) for name in ("main.cf", "master.cf"))
kinds = {"main": main, **master}
words = sys.argv[1:]
mode = next((k for k in ("M", "P") if words[0].startswith("-" + k)), "main")
if words[0] == "-h":
    print(here)
elif words[0] == "-d":
    print("".join(f"{name} = \n" for name in words[1:] if name != "from_the_future"), end="")
elif len(words) == 1:
    for name, value in kinds[mode].items():
        print(value if mode == "M" else f"{name} = {value}")
elif words[0] in ("-X", "-MX", "-PX"):
    for name in words[1:]:
        del kinds[mode][name]
else:
    for name, _, value in (word.partition("=") for word in words[1:]):
        kinds[mode][name] = value
for name, said in (("main.cf", main), ("master.cf", master)):
    if json.loads((here / name).read_text()) != said:
        (here / name).write_text(json.dumps(said))
"""
FOUND = {
    "main": {"biff": "no", "mynetworks": "127.0.0.0/8   [::1]/128"},
    "M": {"smtp/inet": "smtp       inet  n       -       y       -       -       smtpd"},
    "P": {"smtp/inet/smtpd_hard_error_limit": "1"},
}


@pytest.fixture
def store(tmp_path, monkeypatch):
    """What main.cf and master.cf say, where postconf finds it."""
    (tmp_path / "postconf").write_text(POSTCONF)
    (tmp_path / "postconf").chmod(0o755)
    (tmp_path / "main.cf").write_text(json.dumps(FOUND["main"], indent=2))
    (tmp_path / "master.cf").write_text(json.dumps({x: FOUND[x] for x in "MP"}, indent=2))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    read = {name: tmp_path / name for name in ("main.cf", "master.cf")}
    return lambda: (
        {"main": json.loads(read["main.cf"].read_text())}
        | json.loads(read["master.cf"].read_text())
    )


@pytest.fixture
def run(store, tmp_path, capsys):  # noqa: ARG001 - postconf must be there
    def module(check=False, **params):
        args = {"record": str(tmp_path / "previous.json"), **params, "_ansible_check_mode": check}
        with patch_module_args(args), pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)

    return module


def test_what_differs_is_changed_and_named(run, store):
    result = run(parameters={"biff": "no", "myhostname": "mx.example.org"})
    assert result["names"] == ["myhostname"]
    assert store()["main"]["myhostname"] == "mx.example.org"


def test_a_second_run_changes_nothing(run):
    wanted = {
        "parameters": {"myhostname": "mx.example.org"},
        "services": {"hold/unix": "- - y - - smtp"},
    }
    assert [run(**wanted)["changed"] for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("mynetworks", "127.0.0.0/8 [::1]/128", id="white space does not count"),
        pytest.param("biff", False, id="YAML's false is Postfix's no"),
    ],
)
def test_the_same_value_written_otherwise_is_no_change(run, name, value):
    assert run(parameters={name: value})["changed"] is False


def test_a_service_is_written_whole(run, store):
    run(services={"127.0.0.1:10026/inet": "n - y - - smtpd -o mynetworks="})
    assert (
        store()["M"]["127.0.0.1:10026/inet"]
        == "127.0.0.1:10026 inet n - y - - smtpd -o mynetworks="
    )


def test_an_option_of_a_service_can_be_removed(run, store):
    assert run(overrides={"smtp/inet/smtpd_hard_error_limit": None})["names"] == [
        "smtp/inet/smtpd_hard_error_limit"
    ]
    assert store()["P"] == {}


def test_a_parameter_can_be_removed(run, store):
    run(parameters={"biff": None, "never_there": None})
    assert "biff" not in store()["main"]


def test_an_old_postfix_is_not_told_what_it_does_not_know(run):
    assert (
        run(parameters={"from_the_future": "1"}, optional=["from_the_future"])["changed"] is False
    )


def test_the_first_value_is_remembered_and_never_forgotten(run, tmp_path):
    run(parameters={"biff": "yes"})
    run(parameters={"biff": "no", "myhostname": "mx.example.org"})
    assert json.loads((tmp_path / "previous.json").read_text()) == {
        "biff": "no",
        "myhostname": None,
    }


def test_a_value_given_later_is_not_taken_for_the_first(run, store, tmp_path):
    run(parameters={"biff": "no"})
    (tmp_path / "main.cf").write_text(json.dumps(store()["main"] | {"biff": "yes"}))
    assert run(parameters={"biff": "no"})["names"] == ["biff"]
    assert json.loads((tmp_path / "previous.json").read_text())["biff"] == "no"


def test_check_mode_says_and_does_not(run, store):
    assert run(check=True, parameters={"biff": "yes"})["diff"] == {
        "before": "biff = no\n",
        "after": "biff = yes\n",
    }
    assert store() == FOUND


def test_in_check_mode_a_host_without_postfix_would_change(run, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert run(check=True, parameters={"biff": "no"})["names"] == ["biff"]
    assert "Postfix is not installed" in run(parameters={"biff": "no"})["msg"]


OURS = {
    "parameters": {"biff": "yes", "myhostname": "mx.example.org"},
    "services": {"hold/unix": "- - y - - smtp"},
    "overrides": {"smtp/inet/smtpd_hard_error_limit": "1000"},
}


@pytest.mark.parametrize("runs", [1, 3])
def test_taken_back_both_files_are_what_they_were_octet_for_octet(run, tmp_path, runs):
    before = [(tmp_path / name).read_bytes() for name in ("main.cf", "master.cf")]
    for _ in range(runs):
        run(**OURS)
    assert [(tmp_path / name).read_bytes() for name in ("main.cf", "master.cf")] != before
    result = run(state="previous")
    assert sorted(result["names"]) == sorted(name for kind in OURS.values() for name in kind)
    assert result["edited"] == []
    assert [(tmp_path / name).read_bytes() for name in ("main.cf", "master.cf")] == before
    assert run(state="previous")["changed"] is False


@pytest.mark.parametrize("ours_again", [False, True], ids=["last", "and our run after it"])
def test_what_somebody_else_wrote_meanwhile_stays(run, store, tmp_path, ours_again):
    run(**OURS)
    (tmp_path / "main.cf").write_text(json.dumps(store()["main"] | {"relayhost": "isp.example"}))
    if ours_again:
        run(**OURS, optional=[])
    assert run(state="previous")["edited"] == ["main.cf"]
    assert store() == {**FOUND, "main": FOUND["main"] | {"relayhost": "isp.example"}}


def test_in_check_mode_nothing_is_taken_back(run, store):
    run(**OURS)
    ours = store()
    assert "myhostname = (not set)\n" in run(check=True, state="previous")["diff"]["after"]
    assert store() == ours
    assert run(state="previous")["changed"] is True

# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of submission: what is wrong with them is said, and no password ever is."""

import json
import os

import pytest
from ansible.module_utils.testing import patch_module_args

from filter_plugins.submission_plan import limits_wrong, submission_plan
from library import submission_users
from library.submission_users import main

SECRET = "a-long-password"  # noqa: S105 - of a test
HASH = "$6$salt$Yl4nZnRXJxbKDhSLN8jkbdVlSRr5aXhxhvcnAdLDUCIWlZ3.zsdDJSbPGOJpYXSNJTZzQcCUx0P9DjZ8"
JANE = {"name": "jane@example.org", "password": SECRET}


@pytest.mark.parametrize(
    ("user", "senders"),
    [
        (JANE, ["jane@example.org"]),
        ({"name": "jane@example.org", "hash": HASH}, ["jane@example.org"]),
        ({**JANE, "senders": ["@Example.org"]}, ["@example.org"]),
        ({**JANE, "name": "printer", "senders": ["p@example.org"]}, ["p@example.org"]),
    ],
)
def test_a_user_writes_from_his_senders_or_his_name(user, senders):
    (row,) = submission_plan([user], True, False)
    assert (row["senders"], row["wrong"]) == (senders, "")
    assert SECRET not in str(row)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("jane", "needs either a password or a hash"),
        ({"password": SECRET}, "is no name to log in with"),
        ({**JANE, "name": "Jane@example.org"}, "write it in small letters"),
        ({**JANE, "name": "a:b"}, "is no name"),
        ({**JANE, "name": "a b@example.org"}, "is no name"),
        ({**JANE, "sender": []}, "says sender; allowed: hash, limits, name"),
        ({**JANE, "hash": HASH}, "needs either a password or a hash"),
        ({**JANE, "password": "short"}, "fewer than 12 characters"),
        ({**JANE, "password": SECRET + "\n"}, "unprintable"),
        ({"name": "jane@example.org", "hash": "$1$ab$cdef"}, "none of crypt(5)"),
        ({"name": "jane@example.org", "hash": "x:y"}, "none of crypt(5)"),
        ({**JANE, "name": "printer"}, "could write from none"),
        ({**JANE, "senders": "jane@example.org"}, "allowed: a list"),
        ({**JANE, "senders": ["jane"]}, 'gives the sender "jane"'),
        ({**JANE, "limits": {"week": 1}}, 'gives a limit for "week"'),
    ],
)
def test_what_is_wrong_with_a_user_is_said_without_his_password(user, words):
    (row,) = submission_plan([user], True, False)
    assert words in row["wrong"]
    assert "short" not in row["wrong"]
    assert SECRET not in row["wrong"]


def test_a_user_is_there_once():
    assert [row["wrong"] for row in submission_plan([JANE, JANE], True, False)] == [
        "is there twice"
    ] * 2


def test_dovecot_keeps_the_passwords_itself():
    (row,) = submission_plan([{"name": "jane@example.org"}], True, True)
    assert row["wrong"] == ""
    (row,) = submission_plan([JANE], True, True)
    assert "Dovecot does not read" in row["wrong"]


@pytest.mark.parametrize("limits", [{"hour": 0}, {"hour": "x"}, {"hour": -1}, ["hour"], {1: 2}])
def test_limits_are_numbers_by_window(limits):
    assert limits_wrong(limits)
    assert not limits_wrong({"minute": 1, "hour": 100, "day": "500"})
    assert not limits_wrong({})


@pytest.fixture
def keep(tmp_path, capsys, monkeypatch):
    """Run the module on a file that belongs to whoever runs the test."""
    monkeypatch.setattr(os, "chown", lambda *_: None)
    monkeypatch.setattr(submission_users, "guarded", lambda *_: True)
    path = tmp_path / "passwd"

    def module(*users, check=False):
        args = {"path": str(path), "users": list(users), "_ansible_check_mode": check}
        with patch_module_args(args), pytest.raises(SystemExit):
            main()
        said = capsys.readouterr().out
        assert SECRET not in said
        return json.loads(said), path

    return module


def test_a_password_is_hashed_once(keep):
    said, path = keep(JANE)
    first = path.read_text()
    assert (said["changed"], said["names"]) == (True, ["jane@example.org"])
    assert first.startswith("jane@example.org:$")
    assert path.stat().st_mode & 0o777 == 0o640
    said, path = keep(JANE)
    assert (said["changed"], path.read_text()) == (False, first)


def test_another_password_is_another_hash(keep):
    keep(JANE)
    said, _ = keep({**JANE, "password": "another-password"})
    assert said["names"] == ["jane@example.org"]
    assert "jane@example.org (password)" in said["diff"]["after"]


def test_who_is_removed_is_gone_and_a_given_hash_is_kept(keep):
    keep(JANE)
    said, path = keep({"name": "bert", "hash": HASH})
    assert said["names"] == ["bert", "jane@example.org"]
    assert path.read_text() == f"bert:{HASH}\n"


def test_check_mode_writes_nothing_and_nobody_is_no_file(keep):
    said, path = keep(JANE, check=True)
    assert (said["changed"], path.exists()) == (True, False)
    keep(JANE)
    said, path = keep()
    assert (said["changed"], path.exists()) == (True, False)

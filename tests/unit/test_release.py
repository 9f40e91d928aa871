# SPDX-License-Identifier: GPL-3.0-or-later
"""A release is named by its content, checked before it is current, and put right when edited."""

import json
import stat

import pytest
from ansible.module_utils.testing import patch_module_args

from filter_plugins.code_archive import code_archive
from library.release import main


@pytest.fixture
def source(tmp_path):
    """A little source tree, as it lies in a checkout."""
    root = tmp_path / "src"
    (root / "ptrgate/__pycache__").mkdir(parents=True)
    (root / "bin").mkdir()
    (root / "ptrgate/one.py").write_text("ONE = 1\n")
    (root / "ptrgate/__pycache__/one.pyc").write_bytes(b"\0")
    (root / "bin/ptrgate").write_text("#!/bin/sh\n")
    (root / "bin/ptrgate").chmod(0o755)
    return root


@pytest.fixture
def release(tmp_path, source, capsys):
    """Run the module and return what it returned."""

    def run(check=False, **params):
        args = {"root": str(tmp_path / "lib"), "code": code_archive(str(source)), **params}
        args.setdefault("files", {"policy.toml": "mode = 'observe'\n"})
        with patch_module_args({**args, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def current(tmp_path):
    return tmp_path / "lib/current"


def test_the_same_code_makes_the_same_archive(source):
    first = code_archive(str(source))
    (source / "ptrgate/one.py").touch()
    assert code_archive(str(source)) == first


def test_a_first_release_becomes_current(release, current):
    result = release()
    assert (result["changed"], result["previous"]) == (True, "")
    assert current.readlink().name == result["release"]
    assert (current / "ptrgate/one.py").read_text() == "ONE = 1\n"


def test_programs_stay_programs(release, current):
    release()
    modes = [
        stat.S_IMODE((current / path).stat().st_mode) for path in ("bin/ptrgate", "policy.toml")
    ]
    assert modes == [0o755, 0o644]


def test_byte_code_does_not_travel_and_does_not_count(release, current):
    release()
    assert not (current / "ptrgate/__pycache__").exists()
    (current / "ptrgate/__pycache__").mkdir()
    (current / "ptrgate/__pycache__/one.pyc").write_bytes(b"\0")
    assert release()["changed"] is False


def test_the_manifest_names_every_file(release, current):
    release()
    lines = [line.split() for line in (current / "MANIFEST").read_text().splitlines()]
    assert [(mode, path) for _, mode, path in lines] == [
        ("0755", "bin/ptrgate"),
        ("0644", "policy.toml"),
        ("0644", "ptrgate/one.py"),
    ]


def test_an_unchanged_release_is_left_alone(release):
    release()
    assert (release()["changed"], release()["differences"]) == (False, [])


def edit(path):
    path.write_text("edited\n")


def open_up(path):
    path.chmod(0o666)


@pytest.mark.parametrize(
    ("name", "deed", "words"),
    [
        pytest.param("policy.toml", edit, "policy.toml differs", id="an edited file"),
        pytest.param(
            "ptrgate/one.py",
            lambda path: path.unlink(),
            "ptrgate/one.py is missing",
            id="a removed file",
        ),
        pytest.param("extra", edit, "extra does not belong to the release", id="a file too many"),
        pytest.param(
            "policy.toml", open_up, "policy.toml has mode 0666 instead of 0644", id="another mode"
        ),
        pytest.param("MANIFEST", edit, "MANIFEST differs", id="an edited manifest"),
    ],
)
def test_what_was_changed_by_hand_is_named_and_put_right(release, current, name, deed, words):
    release()
    deed(current / name)
    assert release(check=True)["differences"] == [words]
    assert release()["differences"] == [words]
    assert release()["changed"] is False


def test_a_new_policy_is_a_new_release_and_the_old_one_stays(release, current):
    old = release()
    new = release(files={"policy.toml": "mode = 'enforce'\n"})
    assert (new["previous"], new["differences"]) == (
        old["release"],
        ["MANIFEST differs", "policy.toml differs"],
    )
    assert {path.name for path in current.parent.joinpath("releases").iterdir()} == {
        old["release"],
        new["release"],
    }


def test_what_a_new_release_says_is_shown_but_no_secret(release):
    release(files={"policy.toml": "old\n", "people": "jane\n"}, private=["people"])
    told = release(
        check=True, files={"policy.toml": "new\n", "people": "joe\n"}, private=["people"]
    )
    _, policy = told["diff"]
    assert (policy["after_header"], policy["before"], policy["after"]) == (
        "policy.toml",
        "old\n",
        "new\n",
    )


def test_going_back_is_a_switch_and_nothing_else(release, current):
    old = release()
    release(files={"policy.toml": "mode = 'enforce'\n"})
    assert release()["release"] == old["release"]
    assert current.readlink().name == old["release"]


def test_a_release_that_is_refused_never_becomes_current(release, current):
    good = release()
    bad = release(files={"policy.toml": "?"}, validate=["sh", "-c", "echo bad policy >&2; exit 1"])
    assert bad["msg"] == "This release was not put into use: bad policy"
    assert [path.name for path in current.parent.joinpath("releases").iterdir()] == [
        good["release"]
    ]


def test_the_check_sees_the_whole_release(release):
    assert not release(validate=["test", "-f", "%s/ptrgate/one.py"]).get("failed")


def test_check_mode_changes_nothing(release, current):
    assert release(check=True)["changed"] is True
    assert not current.parent.exists()


def test_old_releases_are_removed(release, current):
    for number in range(7):
        release(files={"policy.toml": f"# {number}\n"}, keep=3)
    assert len(list(current.parent.joinpath("releases").iterdir())) == 3
    assert (current / "policy.toml").read_text() == "# 6\n"

# SPDX-License-Identifier: GPL-3.0-or-later
"""The token says what was said, to whoever has a key, and nothing to anybody else."""

from itertools import product

import pytest

from ptrgate.judge.token import BadKeys, BadToken, Keys, Notice, mint, read, ref
from ptrgate.judge.words import Action, Finding

KEYS = Keys.read("# the newest first\n7 " + "ab" * 32 + "\n\n3 " + "cd" * 40)
OLD = Keys.read("3 " + "cd" * 40)
V4, V6 = "192.0.2.7", "2001:db8::25"
NOTICE = Notice(29_000_000, Finding.FORGED, Action.REFUSE, V4)


@pytest.mark.parametrize("address", [V4, V6, "0.0.0.0", "255.255.255.255", "::1"])  # noqa: S104 (data)
def test_every_word_comes_back(address):
    for minute, finding, action in product((0, 29_000_000, 2**32 - 1), Finding, Action):
        notice = Notice(minute, finding, action, address)
        assert read(mint(notice, KEYS), KEYS) == notice


@pytest.mark.parametrize(("address", "length"), [(V4, 32), (V6, 52)])
def test_length(address, length):
    assert len(mint(Notice(1, Finding.NO_PTR, Action.DEFER, address), KEYS)) == length


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(str.lower, id="in lower case"),
        pytest.param(lambda t: "-".join((t[:8], t[8:])), id="with hyphens"),
        pytest.param(lambda t: t.replace("0", "O").replace("1", "I"), id="O for 0, I for 1"),
        pytest.param(lambda t: t.replace("0", "o").replace("1", "l"), id="o for 0, l for 1"),
        pytest.param(lambda t: f" {t}\n", id="with blanks around"),
    ],
)
def test_typing_is_forgiven(typed):
    token = mint(NOTICE, KEYS)
    assert read(typed(token), KEYS) == NOTICE
    assert ref(typed(token)) == ref(token) == token[:10]


def test_any_changed_character_is_noticed():
    for address in (V4, V6):
        token = mint(Notice(29_000_000, Finding.FORGED, Action.REFUSE, address), KEYS)
        for place in range(len(token)):
            other = "0" if token[place] != "0" else "Z"
            with pytest.raises(BadToken):
                read(token[:place] + other + token[place + 1 :], KEYS)


def test_every_other_length_is_noticed():
    token = mint(NOTICE, KEYS)
    for wrong in [token[:n] for n in range(len(token))] + [token + "0", token * 2, token * 99]:
        with pytest.raises(BadToken):
            read(wrong, KEYS)


@pytest.mark.parametrize(
    "wrong", ["", "U" * 32, "é" * 32, "=" * 32, "0" * 32, "\u017f" * 32, "\0" * 52]
)
def test_junk_is_a_bad_token(wrong):
    with pytest.raises(BadToken):
        read(wrong, KEYS)


@pytest.mark.parametrize(
    ("letter", "other"), [("1", "\u0131"), ("S", "\u017f"), ("", " " * 200 + "X"), ("", "\xdf")]
)
def test_nothing_but_ascii_and_all_of_it_is_read(letter, other):
    tokens = (mint(Notice(n, Finding.FORGED, Action.REFUSE, V4), KEYS) for n in range(999))
    token = next(token for token in tokens if letter in token)
    wrong = token.replace(letter, other) if letter else token + other
    with pytest.raises(BadToken):
        read(wrong, KEYS)


def test_rotation():
    token = mint(NOTICE, OLD)
    assert read(token, KEYS) == NOTICE
    with pytest.raises(BadToken, match="key"):
        read(mint(NOTICE, KEYS), OLD)


def test_tokens_differ_from_the_first_character_on():
    notices = [Notice(n, Finding.NO_PTR, Action.REFUSE, V4) for n in range(500)]
    assert len({ref(mint(notice, KEYS)) for notice in notices}) == 500


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no key"),
        ("# only words", "no key"),
        ("1", "line 1: the key must have"),
        ("x " + "ab" * 32, "line 1: expected"),
        ("1 zz", "line 1: expected"),
        ("1 " + "ab" * 31, "line 1: the key must have"),
        ("16 " + "ab" * 32, "line 1: the id must be"),
        ("1 " + "ab" * 32 + "\n1 " + "cd" * 32, "line 2: key 1 stands here twice"),
    ],
)
def test_bad_keys(text, reason):
    with pytest.raises(BadKeys, match=reason) as caught:
        Keys.read(text)
    assert "abab" not in str(caught.value)


def test_keys_do_not_show_themselves():
    assert "ab" * 8 not in repr(KEYS)

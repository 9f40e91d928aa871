# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens: whole ones as people type them, and everything that must not pass for one."""

from ipaddress import IPv4Address, IPv6Address

from ptrgate.judge.token import BadKeys, BadToken, Keys, Notice, mint, read, ref
from ptrgate.judge.words import Action, Finding

from .chance import Chance, demand

NAME = "tokens"

_KEYS = Keys.read("7 " + "ab" * 32 + "\n3 " + "cd" * 40)
_OLD = Keys.read("3 " + "cd" * 40)
_ALIEN = Keys.read("7 " + "ef" * 32)
_SPELLINGS = {"0": "0Oo", "1": "1IiLl"}
_LETTERS = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZabcxyzOILUoilu-_ =/+.%\0\n\t\u017f\u0131\xdf\xe9\u2160\uff10"
)
_LINES = (
    "7 " + "ab" * 32,
    "3 " + "cd" * 40,
    "16 " + "ab" * 32,
    "1",
    "x y",
    "# no key",
    "",
    "\xb2 ab",
)

Input = tuple[str, str, Notice]  # what is done, the text, the notice behind it


def make(chance: Chance) -> Input:
    """Make one input."""
    packed = chance.octets(16)
    address = IPv4Address(packed[:4]) if chance.below(2) else IPv6Address(packed)
    finding, action = chance.pick(tuple(Finding)), chance.pick(tuple(Action))
    notice = Notice(chance.below(1 << 32), finding, action, str(address))
    way = chance.below(6)
    if way == 0:
        return "typed", _typed(chance, mint(notice, chance.pick((_KEYS, _OLD)))), notice
    if way == 1:
        return "forged", mint(notice, _ALIEN), notice
    if way == 2:
        text = "".join(chance.pick(_LETTERS) for _ in range(chance.pick((0, 10, 32, 52, 250))))
        return "noise", text, notice
    if way == 3:
        return "keys", _torn(chance, "\n".join(chance.pick(_LINES) for _ in range(4)), 2), notice
    return "torn", _torn(chance, mint(notice, _KEYS), 1 + chance.few(4)), notice


def _typed(chance: Chance, token: str) -> str:
    text = ""
    for letter in token:
        written = chance.pick(_SPELLINGS.get(letter, letter + letter.lower()))
        text += written + "-" * (chance.below(12) == 0)
    return " " * chance.few(3) + text + "\n" * chance.below(2)


def _torn(chance: Chance, text: str, edits: int) -> str:
    for _ in range(edits):
        place, cut = chance.below(len(text) + 1), chance.below(3)
        put = chance.pick((chance.pick(_LETTERS), "", text[place : place + 2], " " * 200 + "x"))
        text = text[:place] + put + text[place + cut :]
    return text


def outcome(given: Input) -> str:
    """Read the token; return what came of it. Raises Broken."""
    way, text, notice = given
    if way == "keys":
        return _keys(text)
    try:
        seen = read(text, _KEYS)
    except BadToken as error:
        demand(way != "typed", f"a whole token is not read: {error}")
        return f"refused: {error}"
    demand(seen == notice, f"it says what nobody said: {seen}")
    demand(text.isascii(), "letters that are no ASCII pass for others")
    alike = [mint(notice, keys) for keys in (_KEYS, _OLD)]
    typed = text.upper().translate(str.maketrans("OIL", "011", "-")).strip()
    demand(typed in alike, f"more than the token was taken for it: {typed}")
    demand(ref(text) == typed[:10], "its ref is another")
    return f"read {seen.minute} {seen.finding} {seen.action} {seen.address}"


def _keys(text: str) -> str:
    try:
        keys = Keys.read(text)
    except BadKeys as error:
        demand("ab" * 8 not in str(error), "an error shows the key")
        return f"bad keys: {error}"
    return f"keys {keys.newest[0]}"

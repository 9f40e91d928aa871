# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of a name somebody registered: the public suffix list, as Debian keeps it.

Read once from the package "publicsuffix" (https://publicsuffix.org/list/); where it is not
installed, the second levels that most countries have must do. Only the ICANN part counts: whoever
has a name of a hosting company has it by that company's naming.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path("/usr/share/publicsuffix/public_suffix_list.dat")
_COUNTRY = 2  # letters
_SECOND_LEVEL = frozenset(
    ["ac", "co", "com", "edu", "go", "gob", "gov", "gr", "mil", "ne", "net", "or", "org"]
)
_LONGEST = 5  # labels of a public suffix


@dataclass(frozen=True, slots=True)
class Suffixes:
    """The rules of the list: suffixes, those below which every label is one, and exceptions."""

    plain: frozenset[str] = frozenset()
    wild: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()

    def size(self, labels: Sequence[str]) -> int:
        """Return how many labels at the end of a name are a public suffix: at least one."""
        if not self.plain:
            return _guessed(labels)
        for size in range(min(len(labels), _LONGEST), 1, -1):
            suffix = ".".join(labels[-size:])
            if suffix in self.exceptions:
                return size - 1
            if suffix in self.plain or suffix.partition(".")[2] in self.wild:
                return size
        return 1


def _guessed(labels: Sequence[str]) -> int:
    is_below_a_country = len(labels) > 1 and len(labels[-1]) == _COUNTRY
    return 2 if is_below_a_country and labels[-2] in _SECOND_LEVEL else 1


def read(lines: Iterable[str]) -> Suffixes:
    """Read the ICANN part of the list."""
    plain, wild, exceptions = set(), set(), set()
    for line in lines:
        rule = line.strip()
        if "===BEGIN PRIVATE" in rule:
            break
        if rule.startswith("!"):
            exceptions.add(rule[1:])
        elif rule.startswith("*."):
            wild.add(rule[2:])
        elif rule.isascii() and rule and not rule.startswith("//"):
            plain.add(rule)
    return Suffixes(frozenset(plain), frozenset(wild), frozenset(exceptions))


@cache
def known() -> Suffixes:
    """Return the list of this host."""
    try:
        with LIST.open(encoding="utf-8") as file:
            return read(file)
    except OSError:
        return Suffixes()

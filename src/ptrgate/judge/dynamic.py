# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a name say that its host is a DSL, dial-up or dynamic line? A first, careful answer.

Evidence adds up: the address in the name, words of access networks; words of mail servers and of
fixed or hosted addresses speak against. Time is linear in the name, which has 255 octets at most.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .addresses import parse
from .embedded import find

THRESHOLD = 1.0
_WORD = re.compile(r"[a-z]+")

# Each alone is a poor witness ("surprisingly large ham hitrate", SpamAssassin says of the weak
# ones): a word must meet the address, or a number and another word.
_WORDS = (
    ("strong", 0.7, "adsl dhcp dial dialin dialup dip dsl dyn dynamic dynamicip ppp pppoe vdsl"),
    ("access", 0.5, "broadband cable catv cpe docsis fiber ftth hsd modem pool res wlan"),
    ("mail", -2.0, "mail mails mailer mailgw mailout mbox mta mx newsletter out outbound outgoing"),
    ("mail", -2.0, "post relay sender smtp smtpout"),
    ("fixed", -0.6, "biz business corp dedicated fix fixed fixip sta static"),
    ("hosted", -0.6, "clients cloud colo compute hosting ns server srv vps vm web www"),
)
_WEIGHTS = {word: (rule, weight) for rule, weight, words in _WORDS for word in words.split()}
_NUMBER_WEIGHT = 0.3
_COUNTRY = 2  # letters
_SECOND_LEVEL = frozenset(
    ["ac", "co", "com", "edu", "go", "gov", "gr", "mil", "ne", "net", "or", "org"]
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason: the rule, the part of the name (start, end) it saw, and what it weighs."""

    rule: str
    span: tuple[int, int]
    weight: float


@dataclass(frozen=True, slots=True)
class Dynamic:
    """The verdict on one name, its score, and the evidence for and against."""

    verdict: bool
    score: float
    evidence: tuple[Evidence, ...]


def classify(name: str, address: str) -> Dynamic:
    """Judge a name (presentation form) of an address. Raises ValueError for no address."""
    host = _host_part(name.lower())
    found = [*_address(host, address), *_words(host)]
    if found and any(character.isdigit() for character in host):
        found.append(Evidence("number", (0, len(host)), _NUMBER_WEIGHT))
    # each rule speaks once: three words for a cable network are no three witnesses
    strongest = {e.rule: e for e in sorted(found, key=lambda evidence: abs(evidence.weight))}
    # Pythons differ in the last bit of a sum, and so in the sign of nothing
    score = round(sum(evidence.weight for evidence in strongest.values()), 2) + 0.0
    return Dynamic(score >= THRESHOLD, score, tuple(strongest.values()))


def _host_part(name: str) -> str:
    """Return the name without the domain that somebody registered, as well as can be guessed."""
    labels = name.split(".")
    is_below_a_country = len(labels[-1]) == _COUNTRY and labels[-2:-1] != []
    own = 3 if is_below_a_country and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[:-own])


def _address(host: str, address: str) -> Iterator[Evidence]:
    for span, share in find(host, parse(address)):
        yield Evidence("address", span, share)


def _words(host: str) -> Iterator[Evidence]:
    for match in _WORD.finditer(host):
        if match[0] in _WEIGHTS:
            rule, weight = _WEIGHTS[match[0]]
            yield Evidence(rule, match.span(), weight)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of one check; the closed words of the probe's reports."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Set(StrEnum):
    """What is tried; HOST is what only the host itself can know (``ptrgate selftest``)."""

    RELAY = "relay"
    SMUGGLING = "smuggling"
    REFUSAL = "refusal"
    TLS = "tls"
    SUBMISSION = "submission"
    HOST = "host"


class Verdict(StrEnum):
    """What was found: as it should be, wrong, or not to be told from here now."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """One check.

    ``sent`` is what was said, ``expected`` the answer in words, ``got`` the answer itself;
    ``words`` explains a verdict that is not ok, ``change`` names who can change what.
    ``where`` is the address and port that were asked.
    """

    set: Set
    name: str
    sent: str
    expected: str
    got: str
    verdict: Verdict
    words: str = ""
    change: str = ""
    where: str = ""

    def facts(self) -> dict[str, str]:
        """Return the JSON object; its keys are a promise."""
        return {key: str(value) for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Check:
    """What is tried and what must come of it; becomes a Result when it has come."""

    set: Set
    name: str
    sent: str
    expected: str
    change: str = ""
    where: str = ""

    def ok(self, got: str = "", words: str = "") -> Result:
        """Return the result that all is as expected."""
        return self._result(Verdict.OK, got, words, "")

    def bad(self, got: str, words: str) -> Result:
        """Return the result that it is not, with who can change it."""
        return self._result(Verdict.BAD, got, words, self.change)

    def unknown(self, words: str, got: str = "") -> Result:
        """Return the result that it could not be told, and why."""
        return self._result(Verdict.UNKNOWN, got, words, "")

    def _result(self, verdict: Verdict, got: str, words: str, change: str) -> Result:
        return Result(
            self.set, self.name, self.sent, self.expected, got, verdict, words, change, self.where
        )


def worst(results: Iterable[Result]) -> Verdict:
    """Return BAD if anything is, else UNKNOWN if anything is or nothing was tried, else OK."""
    found = {result.verdict for result in results} or {Verdict.UNKNOWN}
    return next(one for one in (Verdict.BAD, Verdict.UNKNOWN, Verdict.OK) if one in found)

# SPDX-License-Identifier: GPL-3.0-or-later
"""May mail leave from an address? The one table from diagnosis to verdict.

``unknown`` neither opens nor closes the gate: a name server that does not answer, or an address
that the Internet sees as another one, says nothing about the PTR record.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from ..judge.words import Diagnosis


class Family(StrEnum):
    """The address families that mail leaves by."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Verdict(StrEnum):
    """What the reverse DNS of one egress address, or of all of a family, proves."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    UNKNOWN = "unknown"


VERDICTS: dict[Diagnosis, Verdict] = {
    Diagnosis.OK: Verdict.PASS,
    Diagnosis.NO_PTR: Verdict.FAIL,
    Diagnosis.PTR_NOT_DELEGATED: Verdict.FAIL,
    Diagnosis.LAME_DELEGATION: Verdict.FAIL,
    Diagnosis.BROKEN_CLASSLESS_DELEGATION: Verdict.FAIL,
    Diagnosis.FORWARD_MISSING: Verdict.FAIL,
    Diagnosis.FORWARD_MISMATCH: Verdict.FAIL,
    Diagnosis.JUNK_NAME: Verdict.FAIL,
    Diagnosis.DYNAMIC_NAME: Verdict.FAIL,
    Diagnosis.IPV6_WITHOUT_PTR: Verdict.FAIL,
    Diagnosis.DNS_FAILURE: Verdict.UNKNOWN,
    Diagnosis.NOT_PUBLIC: Verdict.UNKNOWN,
}


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a family: one bad address spoils it, all must pass.

    Receivers see whichever address a message happens to leave by. No address at all is unknown.
    """
    seen = set(verdicts)
    if Verdict.FAIL in seen:
        return Verdict.FAIL
    return Verdict.PASS if seen == {Verdict.PASS} else Verdict.UNKNOWN

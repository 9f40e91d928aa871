# SPDX-License-Identifier: GPL-3.0-or-later
"""Which diagnoses a finding may turn out to be, and what the provider is asked then."""

from __future__ import annotations

from ..diagnosis.remedies import Remedy, filled
from ..judge.words import Diagnosis, Finding
from .places import UNKNOWN_NAME
from .text import Words

CAUSES: dict[Finding, tuple[Diagnosis, ...]] = {
    Finding.OK: (),
    Finding.NO_PTR: (
        Diagnosis.NO_PTR,
        Diagnosis.PTR_NOT_DELEGATED,
        Diagnosis.LAME_DELEGATION,
        Diagnosis.BROKEN_CLASSLESS_DELEGATION,
    ),
    Finding.FORGED: (
        Diagnosis.FORWARD_MISSING,
        Diagnosis.FORWARD_MISMATCH,
        Diagnosis.JUNK_NAME,
    ),
    Finding.DYNAMIC: (Diagnosis.DYNAMIC_NAME,),
    Finding.DNS_FAILURE: (Diagnosis.DNS_FAILURE, Diagnosis.LAME_DELEGATION),
}
# The diagnosis whose request goes into the text to forward.
ASKED: dict[Finding, Diagnosis] = {
    Finding.OK: Diagnosis.NO_PTR,
    Finding.NO_PTR: Diagnosis.NO_PTR,
    Finding.FORGED: Diagnosis.JUNK_NAME,
    Finding.DYNAMIC: Diagnosis.DYNAMIC_NAME,
    Finding.DNS_FAILURE: Diagnosis.DNS_FAILURE,
}


def causes(words: Words, finding: Finding, address: str, name: str) -> tuple[Remedy, ...]:
    """Return what may be wrong at ``address`` with ``name``, the most frequent first."""
    found = (_for_family(cause, address) for cause in CAUSES[finding])
    return tuple(filled(words.remedies[cause], address, name) for cause in found)


def request(words: Words, finding: Finding, address: str) -> str:
    """Return the sentences that ask the provider for help."""
    return filled(words.remedies[_for_family(ASKED[finding], address)], address, UNKNOWN_NAME).ask


def _for_family(diagnosis: Diagnosis, address: str) -> Diagnosis:
    if diagnosis == Diagnosis.NO_PTR and ":" in address:
        return Diagnosis.IPV6_WITHOUT_PTR
    return diagnosis

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the header of a tagged message says of its client (RFC 8601 sections 2.2 and 2.7.3)."""

import re

from .finding import Judgement
from .refusal import MAX_NAME, printable
from .words import Finding

_TOKEN = re.compile(r"[!#$&'*+.^_`{|}~0-9A-Za-z-]+").fullmatch  # RFC 2045 section 5.1


def result(judgement: Judgement) -> str:
    """Return ``iprev=RESULT policy.iprev=ADDRESS (FINDING: NAME)``.

    The comment is for people and for filters that know us: a name of a line passes iprev.
    """
    iprev = judgement.iprev
    seen = judgement.finding.value
    if judgement.name and judgement.finding is not Finding.DNS_FAILURE:
        seen += f": {_comment(judgement.name)}"
    return f"iprev={iprev.result} policy.iprev={_value(iprev.address)} ({seen})"


def header(authserv_id: str, said: str) -> str:
    """Return the value of the header field: who says it, and on the next line what."""
    return f"{_value(authserv_id)};\n\t{said}"


def _value(text: str) -> str:
    """Return a value: as it is if it is a token, else in quotes (an IPv6 address has colons)."""
    return text if _TOKEN(text) else '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def _comment(name: str) -> str:
    """Return a stranger's name as the text of a comment, which ends at no parenthesis of his."""
    return re.sub(r"([\\()])", r"\\\1", printable(name, MAX_NAME))

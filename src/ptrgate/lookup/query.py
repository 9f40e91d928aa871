# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to DNS as it goes over the wire (RFC 1035 section 4, RFC 6891 section 6.1).

Put together here and not by dnspython, which takes ten times as long for it: there are one or two
in every session of a client that is not known yet.
"""

import os
import struct
from array import array
from collections import deque
from dataclasses import dataclass
from typing import Self

from .labels import Labels, lower

EDNS_OCTETS = 1232  # fits every path unfragmented (dnsflagday.net/2020)
_IN, _OPT = 1, 41
_RECURSION = 0x0100  # RD
_identities: deque[int] = deque()  # drawn in advance: asking the kernel makes threads wait


@dataclass(frozen=True, slots=True)
class Query:
    """One question, ready to send: its octets, and what an answer must repeat."""

    identity: int
    question: tuple[Labels, int, int]
    octets: bytes

    @classmethod
    def make(cls, name: Labels, rdtype: int, payload: int, flags: int = _RECURSION) -> Self:
        """Ask for a name, with recursion unless told otherwise; EDNS if a payload is given."""
        identity = _identity()
        header = struct.pack("!6H", identity, flags, 1, 0, 0, 1 if payload else 0)
        wire = b"".join(bytes((len(label),)) + label for label in name)
        tail = struct.pack("!B2H", 0, rdtype, _IN)
        if payload:
            tail += struct.pack("!B2HIH", 0, _OPT, payload, 0, 0)
        return cls(identity, (lower(name), int(rdtype), _IN), header + wire + tail)


def _identity() -> int:
    """Return an identity that nobody can guess."""
    try:
        return _identities.pop()
    except IndexError:
        _identities.extend(array("H", os.urandom(512)))
        return _identities.pop()

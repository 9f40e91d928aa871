# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a judgement may be used again (design 4): no refusal on an answer that is older."""

from types import MappingProxyType

from .finding import Judgement
from .words import Finding

# Seconds. Our resolver keeps answers no longer than this either and says how much of it is left,
# so that its time and ours together are never more. A lookup that failed is done again.
ACCEPTED = 300
# A refusal is asked of the resolver again nearly every time: it knows by heart what is not new, and
# whoever had it forget (`recheck.unbound`) need only wait so long, and tell no worker.
REFUSED = 3
_LIMITS = MappingProxyType(
    {
        Finding.OK: ACCEPTED,
        Finding.NO_PTR: REFUSED,
        Finding.FORGED: REFUSED,
        Finding.DYNAMIC: REFUSED,
    }
)


def seconds(judgement: Judgement) -> int:
    """Return how many seconds from now a judgement made just now holds; 0 if only for now."""
    return min(judgement.iprev.ttl or 0, _LIMITS.get(judgement.finding, 0))

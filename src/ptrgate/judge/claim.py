# SPDX-License-Identifier: GPL-3.0-or-later
"""What the MTA says its client is called: a yes can be believed, a no never.

Postfix asks DNS before a milter is asked: PTR, and whether the name leads back to the address
(RFC 8601 2.7.3 calls that "pass"). It tests one name only, and its "unknown" does not say
whether there is no PTR or the lookup failed; so everything but a clear yes is asked of DNS again.
"""

from dataclasses import dataclass
from functools import lru_cache

from .addresses import parse
from .dynamic import classify
from .finding import Judgement
from .iprev import Iprev, NameSeen
from .names import canonical, junk
from .terms import Naming, Policy
from .words import Diagnosis, Finding, IprevResult, NameResult, Source

_CONFIRMED = "OK"


@dataclass(frozen=True, slots=True)
class Claim:
    """Postfix's macros {client_name}, {client_resolve} (OK, FORGED, FAIL, TEMP), {daemon_addr}."""

    name: str
    resolve: str
    listener: str


NO_CLAIM = Claim("", "", "")


def believed(claim: Claim, address: str, policy: Policy) -> Judgement | None:
    """Return the judgement of a client with a server's name that leads back, or None: ask DNS.

    Raises ValueError if ``address`` is not an address.
    """
    name = canonical(claim.name)
    if claim.resolve != _CONFIRMED or junk(name) or name in policy.own_names:
        return None
    if not _is_public(claim.listener):
        return None
    return _named(name, str(parse(address)), policy.naming)


@lru_cache(maxsize=4096)  # good senders come again and again
def _named(name: str, client: str, naming: Naming) -> Judgement | None:
    dynamic = classify(name, client, naming)
    if dynamic.verdict:
        return None
    seen = NameSeen(name, (client,), NameResult.CONFIRMED)
    reason = f"the mail server says that {name} leads back to {client}"
    iprev = Iprev(client, IprevResult.PASS, (seen,), truncated=False, reason=reason, queries=0)
    return Judgement(iprev, Finding.OK, Diagnosis.OK, dynamic, Source.POSTFIX)


def _is_public(listener: str) -> bool:
    """Tell whether strangers reach the listener; where XCLIENT is offered the name may be wrong.

    After XCLIENT ADDR=... alone the macros still speak of whoever said it.
    """
    try:
        return not parse(listener).is_loopback
    except ValueError:
        return False

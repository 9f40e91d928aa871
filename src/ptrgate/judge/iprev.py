# SPDX-License-Identifier: GPL-3.0-or-later
"""The reverse DNS test of RFC 8601 section 2.7.3: address -> names -> addresses -> the address."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from .addresses import parse
from .answers import Answer, AnswerStatus, Lookup
from .forward import Forward, NameSeen
from .names import canonical
from .words import IprevResult, NameResult

__all__ = ["MAX_NAMES", "Answer", "AnswerStatus", "Iprev", "Lookup", "NameSeen", "check"]

MAX_NAMES = 10  # RFC 8601 section 3 asks for a limit; RFC 7208 section 4.6.4 has this one


@dataclass(frozen=True, slots=True)
class Iprev:
    """The outcome for one address (canonical; an IPv4-mapped one is the IPv4 address).

    ``ttl`` is the least of its answers, in seconds; None if one did not say.
    """

    address: str
    result: IprevResult
    names: tuple[NameSeen, ...]
    truncated: bool
    reason: str
    queries: int
    ttl: int | None = None

    @property
    def confirmed(self) -> tuple[str, ...]:
        """The names that lead back to the address."""
        return tuple(seen.name for seen in self.names if seen.result is NameResult.CONFIRMED)


def check(
    address: str,
    lookup: Lookup,
    *,
    own_names: Collection[str] = (),
    own_addresses: Collection[str] = (),
    enough: Callable[[str], bool] = lambda _name: True,
) -> Iprev:
    """Ask for the names of an address and for the addresses of each name.

    Asking ends at the first confirmed name that is ``enough``. ``own_names`` are this host's:
    a stranger who bears one is believed only if our own DNS leads it back to him.
    Raises ValueError if ``address`` is not an address; never for what DNS answers.
    """
    client = parse(address)
    pointer = lookup.pointers(client)
    if pointer.status is AnswerStatus.FAILED:
        return _without_names(client, IprevResult.TEMPERROR, pointer.reason, pointer)
    if not pointer.values:  # NXDOMAIN and NODATA alike: some servers mix them up (RFC 8020)
        reason = f"{client} has no PTR record"
        return _without_names(client, IprevResult.PERMERROR, reason, pointer)

    # sorted, so that a nameserver that rotates its answer never changes ours
    names = sorted({canonical(name) for name in pointer.values})
    is_ours = str(client) in {str(parse(own)) for own in own_addresses}
    ours = frozenset() if is_ours else frozenset(map(canonical, own_names))
    forward = Forward(client, lookup, ours, enough)
    seen = forward.ask(names[:MAX_NAMES])
    truncated = len(names) > MAX_NAMES
    result, reason = _conclude(str(client), seen, truncated=truncated)
    queries = pointer.queries + forward.queries
    return Iprev(
        str(client), result, seen, truncated, reason, queries, _least(pointer, *forward.answers)
    )


def _without_names(
    client: IPv4Address | IPv6Address, result: IprevResult, reason: str, pointer: Answer
) -> Iprev:
    queries, ttl = pointer.queries, pointer.ttl
    return Iprev(str(client), result, (), truncated=False, reason=reason, queries=queries, ttl=ttl)


def _least(*answers: Answer) -> int | None:
    """Return the least time to live; None if one of them did not say."""
    times = [answer.ttl for answer in answers]
    return None if None in times else min(time for time in times if time is not None)


def _conclude(
    address: str, seen: tuple[NameSeen, ...], *, truncated: bool
) -> tuple[IprevResult, str]:
    """Turn what came of the names into the result and its reason in words."""
    for name in seen:
        if name.result is NameResult.CONFIRMED:
            return IprevResult.PASS, f"{name.name} leads back to {address}"
    failed = [name for name in seen if name.result is NameResult.FAILED]
    if failed:
        return IprevResult.TEMPERROR, f"{failed[0].name} cannot be looked up: {failed[0].reason}"
    if truncated:
        return IprevResult.FAIL, (
            f"none of the first {MAX_NAMES} names leads back to {address}; it has more than these"
        )
    if len(seen) == 1 and seen[0].reason:
        return IprevResult.FAIL, f"{seen[0].name} does not count: {seen[0].reason}"
    subject = seen[0].name + " does not lead" if len(seen) == 1 else "no name leads"
    return IprevResult.FAIL, f"{subject} back to {address}"

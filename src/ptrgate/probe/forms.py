# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay forms: what an open relay accepts and nobody may. A table; nothing is sent here.

The sixteen of nmap's smtp-open-relay (which has them from ORDB and abuse.net), and what they leave
out. Every recipient leads to a domain or an address that belongs to nobody (RFC 2606, 5737, 3849).
"""

from dataclasses import dataclass
from enum import StrEnum

RELAY = "smtpd_relay_restrictions (reject_unauth_destination), mynetworks"
SUBDOMAINS = "parent_domain_matches_subdomains (without relay_domains)"
_NOBODY = (
    ("IPv4 literal", "[192.0.2.1]"),
    ("IPv6 literal", "[IPv6:2001:db8::1]"),
    ("IPv4-mapped literal", "[IPv6:::ffff:192.0.2.1]"),
)


class Way(StrEnum):
    """How far the session is when the form is tried."""

    PLAIN = "plain"
    TLS = "after STARTTLS"
    RESET = "after RSET"
    SECOND = "as second transaction"


@dataclass(frozen=True, slots=True)
class Form:
    """One sender and one recipient that must be refused, both without angle brackets."""

    name: str
    sender: str
    recipient: str
    way: Way = Way.PLAIN
    change: str = RELAY

    @property
    def sent(self) -> str:
        """What is said."""
        said = f"MAIL FROM:<{self.sender}> RCPT TO:<{self.recipient}>"
        return said if self.way is Way.PLAIN else f"{self.way}: {said}"


def forms(*, server: str, literal: str, foreign: str, domains: tuple[str, ...]) -> tuple[Form, ...]:
    """Return all forms for a server of this name and address literal.

    ``foreign`` is a domain it must not relay to, ``domains`` are its own.
    """
    sender, to = f"ptrgate-probe@{foreign}", f"ptrgate-probe@{foreign}"
    return (
        *_classic(server, literal, foreign),
        *(
            Form(f"sender {name}", one, to)
            for name, one in (
                ("at localhost", "ptrgate-probe@localhost"),
                ("without a domain", "ptrgate-probe"),
                ("postmaster of the server", f"postmaster@{server}"),
            )
        ),
        *(Form(f"to an {name}", sender, f"ptrgate-probe@{where}") for name, where in _NOBODY),
        Form("foreign domain in capitals", sender, to.upper()),
        Form("foreign domain with a dot at its end", sender, f"{to}."),
        *(form for domain in domains for form in _neighbours(sender, domain, foreign)),
        *(Form(f"foreign domain {way}", sender, to, way) for way in Way if way is not Way.PLAIN),
    )


def _classic(server: str, literal: str, foreign: str) -> tuple[Form, ...]:
    user, to = "ptrgate-probe", f"ptrgate-probe@{foreign}"
    own = f"{user}@{literal}"
    return (
        Form("null sender", "", to),
        Form("foreign sender", to, to),
        Form("sender at the server", f"{user}@{server}", to),
        Form("sender at the literal", own, to),
        Form("percent hack at the literal", own, f"{user}%{foreign}@{literal}"),
        Form("percent hack at the server", own, f"{user}%{foreign}@{server}"),
        Form("quoted address", own, f'"{to}"'),
        Form("quoted percent hack", own, f'"{user}%{foreign}"'),
        Form("two domains, the literal last", own, f"{to}@{literal}"),
        Form("quoted address at the literal", own, f'"{to}"@{literal}'),
        Form("two domains, the server last", own, f"{to}@{server}"),
        Form("source route by the literal", own, f"@{literal}:{to}"),
        Form("source route by the server", own, f"@{server}:{to}"),
        Form("bang path", own, f"{foreign}!{user}"),
        Form("bang path at the literal", own, f"{foreign}!{user}@{literal}"),
        Form("bang path at the server", own, f"{foreign}!{user}@{server}"),
    )


def _neighbours(sender: str, domain: str, foreign: str) -> tuple[Form, ...]:
    """Domains that only look like one of the server's own; postmaster exists where they do."""
    return tuple(
        Form(f"{name} {domain}", sender, f"postmaster@{where}", change=change)
        for name, where, change in (
            ("a subdomain of", f"ptrgate-probe.{domain}", SUBDOMAINS),
            ("a subdomain in capitals of", f"PTRGATE-PROBE.{domain.upper()}", SUBDOMAINS),
            ("a dot before", f".{domain}", SUBDOMAINS),
            ("letters before", f"ptrgate-probe{domain}", RELAY),
            ("a foreign domain behind", f"{domain}.{foreign}", RELAY),
        )
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis means, who must act, and what to ask them for: one text for each.

The help page, ``own_ptr_info``, ``ptrgate gate`` and ``ptrgate check`` all say these words, so
that the two ends of a support call read the same sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..judge.words import Diagnosis

PROVIDER = "Whoever provides the address (Internet provider, hoster, data centre)"
DOMAIN_OWNER = "Whoever runs the domain of the name"
OPERATOR = "The operator of the mail server"
PROVIDER_AND_OPERATOR = "Whoever provides the address, with the operator of the mail server"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Plain sentences in English, without markup or line breaks.

    ``meaning`` and ``ask`` hold the placeholders ``{address}`` and ``{name}`` until ``remedy``
    fills them; ``ask`` can be forwarded as it stands. All four are empty of advice only for ``ok``.
    """

    title: str
    meaning: str
    who: str
    ask: str


REMEDIES: dict[Diagnosis, Remedy] = {
    Diagnosis.OK: Remedy(
        title="Forward-confirmed reverse DNS",
        meaning="{name} is the name of {address}, and leads back to it.",
        who="Nobody",
        ask="Nothing needs to change.",
    ),
    Diagnosis.NO_PTR: Remedy(
        title="No reverse DNS name",
        meaning="DNS knows no name for {address}: its reverse zone holds no PTR record.",
        who=PROVIDER,
        ask="Please set the PTR record of {address} to the name of our mail server. "
        "That name has an address record with {address}, or will have one.",
    ),
    Diagnosis.PTR_NOT_DELEGATED: Remedy(
        title="A PTR record the world does not ask for",
        meaning="The operator's own name server holds a PTR record for {address}, but the reverse "
        "zone is not delegated to that server, so nobody asks it.",
        who=PROVIDER,
        ask="Please set the PTR record of {address} in your own zone, or delegate its reverse zone "
        "to our name servers (RFC 2317 for fewer than 256 IPv4 addresses).",
    ),
    Diagnosis.LAME_DELEGATION: Remedy(
        title="The reverse zone is delegated to servers that do not serve it",
        meaning="The name servers that the reverse zone of {address} is delegated to do not "
        "answer for it.",
        who=PROVIDER_AND_OPERATOR,
        ask="Please delegate the reverse zone of {address} to servers that serve it, or set the "
        "zone up on the servers it is delegated to.",
    ),
    Diagnosis.BROKEN_CLASSLESS_DELEGATION: Remedy(
        title="The reverse DNS of a small network is only half set up",
        meaning="Small networks have reverse zones of their own, which aliases (CNAME) lead into "
        "(RFC 2317). For {address} the alias and the PTR record do not meet: one of the two is "
        "missing, or the zone is not delegated to servers that serve it.",
        who=PROVIDER_AND_OPERATOR,
        ask="Please see that {address} has a CNAME in the provider's zone, that the zone it leads "
        "to is delegated to servers that serve it, and that the PTR record stands there at exactly "
        "that name.",
    ),
    Diagnosis.FORWARD_MISSING: Remedy(
        title="The name has no address",
        meaning="The PTR record of {address} names {name}, and that name has no address record.",
        who=DOMAIN_OWNER,
        ask="Please add an address record (A or AAAA) for {name} with {address}.",
    ),
    Diagnosis.FORWARD_MISMATCH: Remedy(
        title="The name leads to another address",
        meaning="The PTR record of {address} names {name}, and that name leads to other addresses "
        "only. Anybody can name a stranger's server in a PTR record, so this proves nothing.",
        who=DOMAIN_OWNER,
        ask="Please add an address record with {address} to {name}, or have the provider of the "
        "address point the PTR record at a name that already leads to it.",
    ),
    Diagnosis.JUNK_NAME: Remedy(
        title="The PTR record is not a name of a host on the Internet",
        meaning="The PTR record of {address} says {name}, which cannot be the public name of a "
        "mail server (localhost, a single word, a number, or a name that is not the sender's).",
        who=PROVIDER,
        ask="Please set the PTR record of {address} to the full public name of our mail server.",
    ),
    Diagnosis.DYNAMIC_NAME: Remedy(
        title="The name is that of a DSL, dial-up or dynamic line",
        meaning="{name}, the name of {address}, looks like one given to customers' lines by the "
        "thousand. Many receivers take no mail directly from such lines.",
        who=PROVIDER_AND_OPERATOR,
        ask="If {address} is a static one: please set its PTR record to the name of our mail "
        "server, under our own domain. Otherwise: please tell us which of your mail relays we may "
        "send through.",
    ),
    Diagnosis.DNS_FAILURE: Remedy(
        title="The reverse DNS could not be asked",
        meaning="The name servers in charge of {address} or of its name gave no usable answer. "
        "That is no verdict: it is asked again.",
        who=PROVIDER_AND_OPERATOR,
        ask="If this lasts: please check that the name servers of the reverse zone of {address}, "
        "and those of the name it leads to, answer from outside your network.",
    ),
    Diagnosis.NOT_PUBLIC: Remedy(
        title="The address is not a public one",
        meaning="{address} is private, or of no host. The Internet sees another address in its "
        "place (NAT), and it is that one whose reverse DNS counts.",
        who=OPERATOR,
        ask="Declare the public address that mail leaves from (ptrgate_egress_addresses).",
    ),
    Diagnosis.IPV6_WITHOUT_PTR: Remedy(
        title="The IPv6 address has no reverse DNS name",
        meaning="DNS knows no name for {address}. Many receivers refuse mail over IPv6 from an "
        "address without one; IPv4 is judged by itself.",
        who=PROVIDER,
        ask="Please set the PTR record of {address} to the name of our mail server, or delegate "
        "the reverse zone of our IPv6 network to our name servers. Until then, send over IPv4.",
    ),
}


def remedy(diagnosis: Diagnosis, *, address: str = "", name: str = "") -> Remedy:
    """Return the words for ``diagnosis`` with address and name filled in.

    ``name`` comes from DNS, so from a stranger: it is cut to 60 characters and what is not
    printable ASCII becomes ``?``. Without a value the sentence says "the address", "the name".
    """
    there = filled(REMEDIES[diagnosis], address, name)
    return replace(there, meaning=_sentence(there.meaning), ask=_sentence(there.ask))


def filled(
    words: Remedy, address: str, name: str, without: tuple[str, str] = ("the address", "the name")
) -> Remedy:
    """Return ``words``, of whatever language, with address and name as `remedy` fills them."""
    fill = {"address": address or without[0], "name": _harmless(name) or without[1]}
    return replace(words, meaning=words.meaning.format(**fill), ask=words.ask.format(**fill))


def _harmless(name: str) -> str:
    return "".join(c if " " < c <= "~" else "?" for c in name[:60])


def _sentence(text: str) -> str:
    """Start with a capital letter where a placeholder stood first and was left empty."""
    return f"The{text[3:]}" if text.startswith(("the address", "the name")) else text

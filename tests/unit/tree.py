# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Internet on loopback: a root of our own, and servers that behave as zones say.

Each server has an address of its own and all have one port. ``WORLD`` says which zones it serves;
a zone is the text of a master file without its SOA, which is made.
"""

import contextlib
from collections.abc import Iterator, Mapping

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from tests.unit.nameserver import Answerer, Nameserver

ROOT, ARPA, ISP, OWN, LAME, DEAF, BROKEN, SECOND = (f"127.0.0.{last}" for last in range(101, 109))
NAMES = {
    ROOT: "root",
    ARPA: "arpa",
    ISP: "isp",
    OWN: "own",
    LAME: "lame",
    DEAF: "deaf",
    BROKEN: "broken",
    SECOND: "second",
}
GLUE = "\n".join(f"{name}.nic.example. A {address}" for address, name in NAMES.items())
TOP = f"""@ NS root.nic.example.
example. NS isp.nic.example.
arpa. NS arpa.nic.example.
{GLUE}
"""
SOA = "SOA hidden-primary.example. dns\\.team.{} 1 2 3 4 60"

Zones = Mapping[str, str]
World = Mapping[str, Zones]


def zone(origin: str, text: str) -> dns.zone.Zone:
    host = "isp.example." if "arpa" in origin else "example."
    return dns.zone.from_text(
        f"$TTL 300\n@ {SOA.format(host)}\n{text}", origin, relativize=False, check_origin=False
    )


def rrset(found: dns.zone.Zone, name: dns.name.Name, kind: str) -> dns.rrset.RRset | None:
    return found.get_rrset(name, kind)


def referral(found: dns.zone.Zone, name: dns.name.Name) -> dns.rrset.RRset | None:
    """Return the NS set of the first cut between the apex and the name."""
    below = name.relativize(found.origin).labels
    for depth in range(1, len(below) + 1):
        nameservers = rrset(found, dns.name.Name(below[-depth:]).derelativize(found.origin), "NS")
        if nameservers:
            return nameservers
    return None


def authority(zones: Zones) -> Answerer:
    """Answer as a server does that has these zones, without recursion; REFUSED for others."""
    loaded = [zone(origin, text) for origin, text in zones.items()]

    def answer(query: dns.message.Message, _is_tcp: bool) -> list[bytes]:
        message = dns.message.make_response(query)
        question = query.question[0]
        serving = [z for z in loaded if question.name.is_subdomain(z.origin)]
        if serving:
            fill(message, max(serving, key=lambda z: len(z.origin)), question)
        else:
            message.set_rcode(dns.rcode.REFUSED)
        return [message.to_wire(max_size=65535)]

    return answer


def fill(message: dns.message.Message, found: dns.zone.Zone, question: dns.rrset.RRset) -> None:
    cut = referral(found, question.name)
    if cut:
        message.authority.append(cut)
        glue = (rrset(found, one.target, "A") for one in cut)
        message.additional += [addresses for addresses in glue if addresses]
        return
    message.flags |= dns.flags.AA
    for kind in (dns.rdatatype.to_text(question.rdtype), "CNAME"):
        if records := rrset(found, question.name, kind):
            message.answer.append(records)
            return
    message.authority.append(rrset(found, found.origin, "SOA"))
    if not any(name.is_subdomain(question.name) for name in found.nodes):
        message.set_rcode(dns.rcode.NXDOMAIN)


def saying(rcode: dns.rcode.Rcode) -> Answerer:
    """Answer everything with one RCODE."""

    def answer(query: dns.message.Message, _is_tcp: bool) -> list[bytes]:
        message = dns.message.make_response(query)
        message.set_rcode(rcode)
        return [message.to_wire()]

    return answer


def silent(_query: dns.message.Message, _is_tcp: bool) -> list[bytes]:
    return []


FAILING = {LAME: saying(dns.rcode.REFUSED), DEAF: silent, BROKEN: saying(dns.rcode.SERVFAIL)}


@contextlib.contextmanager
def standing(world: World, **others: Answerer) -> Iterator[int]:
    """Start the servers of a world and those that fail; yield their port.

    ``others`` are answerers by the name of their server, instead of what the world says.
    """
    answerers = {address: authority(zones) for address, zones in world.items()} | FAILING
    answerers |= {
        next(a for a, name in NAMES.items() if name == server): answer
        for server, answer in others.items()
    }
    servers = started(answerers)
    try:
        yield servers[0].address[1]
    finally:
        for server in servers:
            server.close()


def started(answerers: Mapping[str, Answerer]) -> list[Nameserver]:
    """Start a server for each address on one port that is free at all of them."""
    while True:
        servers: list[Nameserver] = []
        try:
            for address, answer in answerers.items():
                port = servers[0].address[1] if servers else 0
                servers.append(Nameserver(answer, (address, port)))
        except OSError:
            for server in servers:
                server.close()
        else:
            return servers

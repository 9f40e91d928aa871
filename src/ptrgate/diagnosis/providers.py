# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the customers of a provider set the name of an address: found by who serves the zone.

Paths are those of the providers' control panels, in their own words; they change without notice,
which is why they are short. The operator's own rows go before these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..judge.names import is_under


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: suffixes of its name servers' names, and where its customers go for a PTR."""

    name: str
    nameservers: tuple[str, ...]
    where: str


_BY_SERVICE = (
    "Lines with a fixed address (business customers): by the customer service. All other lines:"
    " send through a mail relay."
)

PROVIDERS: tuple[Provider, ...] = tuple(
    Provider(name, tuple(suffixes.split()), where)
    for name, suffixes, where in (
        (
            "Hetzner",
            "your-server.de first-ns.de second-ns.com second-ns.de ns.hetzner.com ns.hetzner.de",
            "Hetzner Console: the server, Networking, Edit reverse DNS. Robot: the server, IPs.",
        ),
        (
            "OVHcloud",
            "ovh.net ovh.ca ovh.us anycast.me",
            "OVHcloud Control Panel: Network, IP, the menu beside the address, Reverse path.",
        ),
        (
            "Amazon Web Services",
            "amazonaws.com amazonaws.org",
            (
                "EC2 console: Elastic IPs, Actions, Update reverse DNS. Port 25 to the outside has"
                " to be opened by AWS besides."
            ),
        ),
        (
            "Microsoft Azure",
            "azure-dns.com azure-dns.net azure-dns.org azure-dns.info msft.net",
            "az network public-ip update --resource-group GROUP --name IP --reverse-fqdn NAME.",
        ),
        (
            "Google Cloud",
            "googledomains.com google.com",
            (
                "Compute Engine: the instance, Edit, network interface, Public DNS PTR record."
                " Port 25 to the outside is closed there: send through a relay."
            ),
        ),
        (
            "Deutsche Telekom",
            "dtag.de t-ipnet.de telekom.de",
            (
                "Lines with a fixed address (business customers): in the customer centre, or by its"
                " service. All other lines: send through the relay, securesmtp.t-online.de."
            ),
        ),
        (
            "IONOS",
            "ui-dns.com ui-dns.de ui-dns.org ui-dns.biz schlund.de 1and1.com",
            "Cloud Panel: Network, Public IP, the address, Reverse DNS.",
        ),
        ("netcup", "netcup.net", "Server Control Panel: the server, Network, rDNS."),
        ("Contabo", "contabo.net", "Customer Control Panel: Reverse DNS Management."),
        (
            "DigitalOcean",
            "digitalocean.com",
            "The name of the Droplet is its PTR record: rename it to the mail server's full name.",
        ),
        ("Akamai (Linode)", "linode.com", "Cloud Manager: the Linode, Network, Edit RDNS."),
        (
            "Vultr",
            "vultr.com choopa.net choopa.com",
            "Customer portal: the instance, Settings, IPv4 or IPv6, Reverse DNS.",
        ),
        (
            "Scaleway",
            "scaleway.com online.net poneytelecom.eu",
            "Console: the server's IP address, Reverse DNS.",
        ),
        ("Leaseweb", "leaseweb.net leaseweb.com leaseweb.nl", "Customer Portal: IPs, Reverse."),
        (
            "Oracle Cloud",
            "oraclecloud.com oraclecloud.net oracleemaildelivery.com",
            "By a support request that names the public IP address and the server's full name.",
        ),
        ("UpCloud", "upcloud.com", "Control panel: the server, Network, Reverse DNS name."),
        ("Exoscale", "exoscale.ch exoscale.com", "Portal: Instances, the instance, Reverse DNS."),
        ("Infomaniak", "infomaniak.ch infomaniak.com", "Manager: the server, its IP, Reverse DNS."),
        ("STRATO", "strato.de rzone.de", "Customer login: the server, its IP, Reverse DNS."),
        ("Host Europe", "hosteurope.de hosteurope.com", "KIS: the server, its IP, Reverse DNS."),
        (
            "Vodafone",
            "vodafone-ip.de arcor-ip.de arcor-ip.net vodafone.de vodafone.com unitymedia.de",
            _BY_SERVICE,
        ),
        (
            "Orange",
            "orange.fr wanadoo.fr francetelecom.net orange-business.com opentransit.net",
            (
                "Lines with a fixed address (business customers): by the customer service. All"
                " other lines: send through the relay, smtp.orange.fr."
            ),
        ),
        (
            "Free",
            "proxad.net free.fr",
            (
                "Subscriber area (Espace Abonné): Ma Freebox, Personnaliser mon reverse DNS. The"
                " line needs an IPv4 address of its own (full stack)."
            ),
        ),
        ("Telefónica", "rima-tde.net telefonica.es telefonica.de telefonica.net", _BY_SERVICE),
        ("Swisscom", "swisscom.com swisscom.ch bluewin.ch", _BY_SERVICE),
        ("A1", "highway.telekom.at a1.net aon.at", _BY_SERVICE),
        ("BT", "bt.net btinternet.com", _BY_SERVICE),
        ("Comcast", "comcast.net", _BY_SERVICE),
    )
)


def provider_of(
    nameservers: Iterable[str], table: Iterable[Provider] = PROVIDERS
) -> Provider | None:
    """Return the first provider of the table whose name servers these are, None if none's are."""
    names = tuple(nameservers)
    for provider in table:
        if any(is_under(name, suffix) for suffix in provider.nameservers for name in names):
            return provider
    return None

# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases on both appliances: which is in use, and all else that a host is."""

import json

from lab import mail
from lab.fingerprint import fingerprint

HOSTS = ("mx-bookworm", "mx-trixie")
LIB = "/usr/lib/ptrgate"


def order(host, *words):
    """Say `ptrgate release ...` on a host; return its JSON."""
    return json.loads(mail.inside(host, "ptrgate", "release", "--json", *words))


def in_use(hosts=HOSTS):
    """Return the release of each appliance."""
    return {host: order(host, "list")["current"] for host in hosts}


def settled(hosts=HOSTS):
    """Return what each appliance is, without which releases lie there and what leads to one."""
    lying = (f"{LIB.strip('/')}/", "usr/bin/ptrgate")
    return {
        host: {line for line in fingerprint(host) if not line.split()[1].startswith(lying)}
        for host in hosts
    }

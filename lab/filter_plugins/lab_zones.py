# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's zones, made from the inventory: hosts, servers and the one table of senders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

Records = dict[str, list[str]]  # owner name, absolute -> "TYPE data" lines
SOA = "SOA own-server.example. postmaster.company.example. 1 3600 600 86400 5"
BOGUS_DS = "DS 12345 13 2 " + "0" * 63 + "1"


def owner(address: str) -> str:
    """Return the reverse name of ``address``, absolute."""
    return ip_address(address).reverse_pointer + "."


def address_record(address: str) -> str:
    """Return the A or AAAA line of ``address``."""
    return ("AAAA " if ":" in address else "A ") + address


def sender_records(sender: dict[str, Any]) -> tuple[Records, dict[str, str]]:
    """Return what DNS says of one sender, and the zones that exist only to fail for it."""
    records: Records = defaultdict(list)
    records.update(sender.get("records", {}))
    failing = {}
    for name, addresses in sender.get("names", {}).items():
        records[name] += [address_record(address) for address in addresses]
    pointers = sender.get("ptr", [])
    for address in sender["address"]:
        wanted = pointers.get(address, []) if isinstance(pointers, dict) else pointers
        name = owner(address)
        if wanted in ("lame", "deaf"):
            records[name].append(f"NS {wanted}-server.example.")
        elif wanted == "broken":
            failing[name] = "broken"
        elif wanted == "bogus":
            records[name] += ["NS own-server.example.", BOGUS_DS]
            failing[name] = "own"
        elif sender.get("classless"):
            last, rest = name.split(".", 1)
            records[name].append(f"CNAME {last}.64-27.{rest}")
            records[f"{last}.64-27.{rest}"] += [f"PTR {pointer}" for pointer in wanted]
        else:
            records[name] += [f"PTR {pointer}" for pointer in wanted]
    return records, failing


def host_records(hosts: dict[str, dict[str, Any]]) -> Records:
    """Return the names, addresses and PTR records of the lab's own hosts."""
    records: Records = defaultdict(list)
    for host, known in hosts.items():
        name = f"{host}.company.example."
        for address in (known["ansible_host"], known["lab_ipv6"]):
            records[name].append(address_record(address))
            records[owner(address)].append(f"PTR {name}")
            if "ptrgate" in known["group_names"]:
                records["help.company.example."].append(address_record(address))
    return records


def enclosing(name: str, zones: dict[str, str]) -> str:
    """Return the deepest of ``zones`` that holds ``name``."""
    return max(
        (zone for zone in zones if zone in (".", name) or name.endswith("." + zone)),
        key=len,
    )


def parent(zone: str, zones: dict[str, str]) -> str:
    """Return the zone that delegates ``zone``."""
    return enclosing(zone, {other: "" for other in zones if other != zone})


def lab_zones(
    senders: list[dict[str, Any]],
    hosts: dict[str, dict[str, Any]],
    zones: dict[str, str],
    servers: dict[str, str],
    extra: Records,
    undelegated: Sequence[str] = (),
) -> dict[str, dict[str, str]]:
    """Return zone -> {server, text} for every zone of the lab.

    ``zones`` says which server has a zone, ``servers`` where that server is, ``extra``
    holds records that belong to no sender. ``undelegated`` zones are served, and nobody is sent
    there. A zone file's text is complete, but unsigned.
    """
    zones = dict(zones)
    parts = [extra, host_records(hosts)]
    for sender in senders:
        if not sender.get("xclient"):
            part, failing = sender_records(sender)
            parts.append(part)
            zones.update(failing)
    parts += [
        {f"{server}-server.example.": [address_record(servers[server])]} for server in servers
    ]
    texts = apexes(zones, servers, undelegated)
    for name, line in unique(parts):
        if name in zones and line.startswith("DS "):
            texts[parent(name, zones)].append(f"{name} {line}")
        elif not (name in zones and line.startswith("NS ")):
            texts[enclosing(name, zones)].append(f"{name} {line}")
    return {
        zone: {"server": zones[zone], "text": "\n".join(text) + "\n"}
        if zones[zone] != "broken"
        else {"server": "broken", "text": ""}
        for zone, text in texts.items()
    }


def lane_records(lanes: str, network: str) -> Records:
    """Return the delegations of the lanes, a letter each, to two servers of ``network`` each."""
    records: Records = {}
    for number, lane in enumerate(lanes):
        servers = [f"{which}-{lane}-server.example." for which in ("first", "second")]
        for place, server in enumerate(servers):
            records[server] = [address_record(str(ip_network(network)[10 + 2 * number + place]))]
        for zone in (f"{200 + number}.18.198.in-addr.arpa.", f"lane-{lane}.example."):
            records[zone] = [f"NS {server}" for server in servers]
    return records


def unique(parts: list[Records]) -> list[tuple[str, str]]:
    """Return every (owner, record) of ``parts`` once, in order."""
    pairs = ((name, line) for part in parts for name in part for line in part[name])
    return list(dict.fromkeys(pairs))


def apexes(
    zones: dict[str, str], servers: dict[str, str], undelegated: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Return what every zone has of itself: SOA, NS, and the NS of the zones below it."""
    texts = {
        zone: [f"$TTL 5\n{zone} {SOA}", f"{zone} NS {server}-server.example."]
        for zone, server in zones.items()
    }
    for zone, server in zones.items():
        if zone != "." and zone not in undelegated:
            texts[parent(zone, zones)].append(f"{zone} NS {server}-server.example.")
    # Glue for the whole tree: every server's name is in example.
    texts["."] += [
        f"{name}-server.example. {address_record(address)}" for name, address in servers.items()
    ]
    return texts


def lab_host(known: dict[str, Any]) -> str:
    """Return the word that lab/files/containers.sh takes for one host."""
    return ",".join(
        known[key] for key in ("inventory_hostname", "lab_image", "ansible_host", "lab_ipv6")
    )


class FilterModule:
    """Make the filter known to Ansible."""

    def filters(self) -> dict[str, object]:
        """Return the filters of this file."""
        return {"lab_zones": lab_zones, "lane_records": lane_records, "lab_host": lab_host}

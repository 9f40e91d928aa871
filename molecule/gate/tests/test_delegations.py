# SPDX-License-Identifier: GPL-3.0-or-later
"""The module against real name servers: each delegation of the lab, and whom to ask for what."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ISP, ZONE = "isp-server.example", "100.51.198.in-addr.arpa"
CASES = {
    "203.0.113.41": ("pass", "ok"),
    "2001:db8:0:100::41": ("pass", "ok"),
    "198.51.100.66": ("pass", "ok"),  # a correct classless delegation
    "198.51.100.67": ("fail", "broken_classless_delegation"),
    "198.51.100.68": ("fail", "ptr_not_delegated"),
    "198.51.100.20": ("fail", "no_ptr"),
    "2001:db8:0:1ff::20": ("fail", "ipv6_without_ptr"),
    "198.51.100.24": ("fail", "forward_mismatch"),
    "198.51.100.25": ("fail", "forward_missing"),
    "198.51.100.30": ("fail", "dynamic_name"),
    "198.51.100.32": ("fail", "lame_delegation"),
    "198.51.100.33": ("unknown", "dns_failure"),  # silence
    "198.51.100.34": ("unknown", "dns_failure"),  # wrong DNSSEC signatures
}


@pytest.fixture(scope="module")
def rows(host):
    """Return what the module says on this host, an address a row."""
    arguments = {"addresses": list(CASES), "nameservers": ["127.0.0.1"], "timeout": 0.7}
    arguments |= {"helo": "mx-trixie.company.example", "smarthost": "[smarthost.example]:587"}
    name = host.backend.get_hostname()
    command = ["ansible", name, "-i", "inventory/lab", "-m", "own_ptr_info", "--check"]
    done = subprocess.run(
        [*command, "-a", json.dumps(arguments)],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_FORCE_COLOR": "0",  # Molecule asks for colours
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(done.stdout[done.stdout.index("=>") + 2 :])
    assert (said["changed"], said["nameservers"]) == (False, ["127.0.0.1:53"])
    assert [row["address"] for row in said["smarthost"]] == ["203.0.113.20"]
    return {row["address"]: row for row in said["results"]}


@pytest.mark.parametrize("address", CASES)
def test_diagnosis(rows, address):
    assert (rows[address]["verdict"], rows[address]["diagnosis"]) == CASES[address]


@pytest.mark.parametrize(
    ("address", "zone", "record"),
    [
        ("198.51.100.20", ZONE, f"20.{ZONE}. PTR mx-trixie.company.example."),
        ("198.51.100.32", ZONE, f"32.{ZONE}. PTR mx-trixie.company.example."),
        ("198.51.100.67", f"64-27.{ZONE}", f"67.64-27.{ZONE}. PTR mx-trixie.company.example."),
        ("198.51.100.68", ZONE, f"68.{ZONE}. NS own-server.example."),
        ("198.51.100.25", "example", "mail.nowhere.example. A 198.51.100.25"),
    ],
)
def test_the_zone_in_charge_and_the_record_wanted(rows, address, zone, record):
    assert (rows[address]["zone"]["zone"], rows[address]["records"]) == (zone, [record])
    assert f"Record: {record}" in rows[address]["letter"]


def test_the_isp_is_named_with_its_server_and_its_contact(rows):
    found = rows["198.51.100.20"]["zone"]
    assert (found["nameservers"], found["contact"]) == ([ISP], "postmaster@company.example")


def test_the_servers_that_are_lame_are_named(rows):
    letter = rows["198.51.100.32"]["letter"]
    assert f"Delegated in vain: 32.{ZONE} to lame-server.example" in letter
    assert "lame-server.example (203.0.113.14)" in letter


def test_wrong_signatures_are_told(rows):
    assert "dnssec_bogus" in {advice["about"] for advice in rows["198.51.100.34"]["advice"]}

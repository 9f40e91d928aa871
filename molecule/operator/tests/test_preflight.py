# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/preflight.yml: four hosts, two of which may send directly; nothing changes."""

import json

import pytest
import yaml

from lab.fingerprint import fingerprint
from lab.mail import ROOT, inside

PREFLIGHT = "playbooks/preflight.yml"
APPLIANCES = ("mx-bookworm", "mx-trixie")
PYTHON = "/root/bare-python"  # without Debian's packages, so without dnspython: no appliance yet
FLEET = {
    "mx-trixie": {"ptrgate_egress_addresses": ["203.0.113.42", "198.51.100.20"]},
    # One address instead of a list of one, as people write it; the other family is seen.
    "inner": {"ansible_python_interpreter": PYTHON, "ptrgate_egress_addresses": "203.0.113.30"},
    "gone": {"ansible_host": "203.0.113.41", "ansible_port": 1, "lab_ipv6": "2001:db8::1"},
}
WANTED = {
    "mx-bookworm": ("host", {"203.0.113.41": "pass ok", "2001:db8:0:100::41": "pass ok"}),
    "mx-trixie": (
        "host",
        {
            "203.0.113.42": "pass ok",
            "198.51.100.20": "fail no_ptr",
            "2001:db8:0:100::42": "pass ok",
        },
    ),
    "inner": ("controller", {"203.0.113.30": "pass ok", "2001:db8:0:100::30": "pass ok"}),
    "gone": (
        "nobody",
        {
            "203.0.113.41": "unreachable not_asked",
            "2001:db8::1": "unreachable not_asked",
        },
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a directory with an inventory that is read after the lab's."""
    place = tmp_path_factory.mktemp("fleet")
    (place / "fleet.yml").write_text(yaml.safe_dump({"ptrgate": {"hosts": FLEET}}))
    return place


@pytest.fixture(scope="module")
def fleet(play, place):
    """Look at the whole fleet; return the run and the hosts before and after it."""
    before = {name: fingerprint(name) for name in APPLIANCES}
    script = f"printf '#!/bin/sh\\nexec python3 -S \"$@\"\\n' > {PYTHON} && chmod +x {PYTHON}"
    inside("inner", "sh", "-c", script)
    inventories = ["-i", ROOT / "inventory/lab", "-i", place / "fleet.yml"]
    run = play(PREFLIGHT, *inventories, "-e", f"json={place}/fleet.json")
    inside("inner", "rm", PYTHON)
    return run, before, {name: fingerprint(name) for name in APPLIANCES}


def test_a_fleet_of_which_some_may_not_ends_with_another_status(fleet):
    run, before, after = fleet
    assert (run.status, run.changed) == (2, []), run.output
    assert after == before
    assert "Not proved: mx-trixie, gone. The table above says who must act." in run.said


@pytest.mark.usefixtures("fleet")
def test_a_program_reads_the_same_from_a_file(place):
    report = json.loads((place / "fleet.json").read_text())
    told = {
        host["host"]: (
            host["asked_from"],
            {row["address"]: f"{row['verdict']} {row['diagnosis']}" for row in host["results"]},
        )
        for host in report["hosts"]
    }
    assert told == WANTED
    assert (report["all_direct"], report["direct"]) == (False, ["mx-bookworm", "inner"])


@pytest.mark.parametrize("name", WANTED)
def test_every_address_of_every_host_is_a_row(fleet, name):
    lines = {" ".join(line.split()) for line in fleet[0].output.splitlines()}
    assert {f"{name} {address or '-'} {said}" for address, said in WANTED[name][1].items()} <= lines


@pytest.mark.parametrize(
    "words",
    [
        "mx-trixie, 198.51.100.20: No reverse DNS name.",
        "Please set the PTR record of 198.51.100.20",
        "In charge of 100.51.198.in-addr.arpa: isp-server.example",
        "Wanted there: 20.100.51.198.in-addr.arpa. PTR mx-trixie.company.example.",
        "inner: asked from the controller; on the host: dnspython is missing.",
        "gone: cannot be reached: ",
        "Whoever runs this host: can you log in by ssh",
        "2 of 4 hosts may send directly: mx-bookworm, inner.",
    ],
)
def test_it_says_whom_to_ask_for_what(fleet, words):
    assert words in " ".join(fleet[0].output.split())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--check"], 0, "2 of 2 hosts may send directly."),
        (["--check", "--limit", "mx-trixie"], 0, "1 of 1 hosts may send directly."),
        (["--limit", "inner"], 2, "None of these hosts is in the group `ptrgate`"),
    ],
)
def test_check_mode_and_limit(play, arguments, status, words):
    run = play(PREFLIGHT, *arguments)
    assert (run.status, run.changed) == (status, []), run.output
    assert words in " ".join(run.output.split())

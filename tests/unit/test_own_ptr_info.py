# SPDX-License-Identifier: GPL-3.0-or-later
"""The module, packed and run by Ansible itself, against a small Internet on loopback."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from ptrgate.diagnosis.advice import About
from ptrgate.outbound.verdict import VERDICTS, Verdict
from tests.unit.tree import ROOT as ROOT_SERVER
from tests.unit.tree import standing
from tests.unit.world import WORLD

ROOT = Path(__file__).resolve().parents[2]
OLD_DNSPYTHON = ROOT / "build" / "dnspython-2.3"

ADDRESSES = {
    "192.0.2.25": ("pass", "ok"),
    "192.0.2.26": ("fail", "forward_mismatch"),
    "192.0.2.27": ("fail", "dynamic_name"),
    "192.0.2.28": ("fail", "forward_missing"),
    "192.0.2.30": ("unknown", "dns_failure"),
    "192.0.2.65": ("pass", "ok"),
    "192.0.2.66": ("fail", "broken_classless_delegation"),
    "192.0.2.200": ("fail", "ptr_not_delegated"),
    "192.0.2.250": ("fail", "no_ptr"),
    "203.0.113.1": ("fail", "lame_delegation"),
    "2001:db8::26": ("fail", "ipv6_without_ptr"),
    "10.0.0.1": ("unknown", "not_public"),
}


@pytest.fixture(scope="module")
def root():
    """Return the root server of a small Internet on loopback."""
    with standing(WORLD) as port:
        yield f"{ROOT_SERVER}:{port}"


def asking(root):
    """Return arguments: the resolver knows nothing, for it is one of the root's servers."""
    return {"nameservers": [root], "root_servers": [root], "timeout": 1}


def ansible(arguments, **environment):
    """Run the module as an operator would; return its result."""
    command = [Path(sys.executable).with_name("ansible"), "localhost", "-m", "own_ptr_info"]
    said = subprocess.run(
        [*command, "--check", "-a", json.dumps(arguments)],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", **environment},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return json.loads(said[said.index("=>") + 2 :].strip())


@pytest.fixture(scope="module")
def rows(root):
    more = {"helo": "mx.company.example", "smarthost": "[192.0.2.25]:587"}
    result = ansible({"addresses": list(ADDRESSES), **asking(root), **more})
    assert result["changed"] is False
    assert [row["address"] for row in result["smarthost"]] == ["192.0.2.25"]
    return {row["address"]: row for row in result["results"]}


@pytest.mark.parametrize("address", ADDRESSES)
def test_verdict_and_diagnosis(rows, address):
    assert (rows[address]["verdict"], rows[address]["diagnosis"]) == ADDRESSES[address]


def test_names_and_forward_answers_are_the_evidence(rows):
    name = {"name": "mx.example", "result": "confirmed", "reason": ""}
    (seen,) = rows["192.0.2.25"]["names"]
    assert "192.0.2.25" in seen["addresses"]
    assert {**name, "addresses": seen["addresses"]} == seen
    assert rows["192.0.2.250"]["names"] == []


def test_the_request_can_be_forwarded(rows):
    letter = rows["192.0.2.250"]["letter"]
    assert "To: dns.team@isp.example (the contact of 2.0.192.in-addr.arpa in DNS)" in letter
    assert "Record: 250.2.0.192.in-addr.arpa. PTR mx.company.example." in letter


@pytest.mark.skipif(not OLD_DNSPYTHON.is_dir(), reason="dnspython 2.3 is not in build/")
def test_debian_12s_dnspython_will_do(root):
    arguments = {"addresses": ["192.0.2.65", "203.0.113.1"], **asking(root)}
    result = ansible(arguments, PYTHONPATH=str(OLD_DNSPYTHON))
    assert [row["verdict"] for row in result["results"]] == ["pass", "fail"]


def test_without_dnspython_it_says_what_to_install(tmp_path):
    (tmp_path / "dns.py").write_text("raise ImportError('No module named dns')")
    assert "dnspython" in ansible({"addresses": []}, PYTHONPATH=str(tmp_path))["msg"]


@pytest.fixture(scope="module")
def module():
    """Return the module as Python loads it."""
    spec = importlib.util.spec_from_file_location("own", ROOT / "library" / "own_ptr_info.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"addresses": ["mx.example.org"]}, "addresses is ['mx.example.org'], it should be a list"),
        ({"addresses": ["192.0.2.0/24"]}, "addresses is ['192.0.2.0/24'], it should be a list"),
        ({"nameservers": ["ns.example.org"]}, "nameservers is ['ns.example.org']"),
        ({"addresses": ["192.0.2.1"], "timeout": 0}, "more than 0 and at most 60 seconds"),
        ({"addresses": ["192.0.2.1"], "timeout": "inf"}, "more than 0 and at most 60 seconds"),
        ({"addresses": ["192.0.2.1"], "timeout": "nan"}, "more than 0 and at most 60 seconds"),
        ({"independent": ["9.9.9.9.9"]}, "independent is ['9.9.9.9.9'], it should be a list"),
        ({"own_nameservers": ["no name"]}, "own_nameservers is ['no name']"),
        ({"helo": "a b"}, "helo is 'a b', it should be a domain name"),
        ({"smarthost": "a b"}, "smarthost is 'a b', it should be a Postfix next hop"),
    ],
)
def test_bad_input_is_a_failure_with_a_sentence(module, capsys, arguments, said):
    with patch_module_args(arguments), pytest.raises(SystemExit):
        module.main()
    assert said in json.loads(capsys.readouterr().out)["msg"]


def test_the_documentation_is_the_argument_spec(module):
    options = yaml.safe_load(module.DOCUMENTATION)["options"]
    for option in options.values():
        option.pop("description")
    assert options == module.ARGUMENT_SPEC


def test_the_documentation_holds_the_table_of_verdicts(module):
    notes = " ".join(yaml.safe_load(module.DOCUMENTATION)["notes"])
    for verdict in Verdict:
        words = notes.split(f"V({verdict}) - ")[1].split(".")[0]
        wanted = {d.value for d, v in VERDICTS.items() if v == verdict}
        assert set(re.findall(r"V\((\w+)\)", words)) == wanted


def test_everything_returned_is_documented(module, rows):
    contains = yaml.safe_load(module.RETURN)["results"]["contains"]
    assert set(contains) == set(rows["192.0.2.25"])
    for key in ("names", "witnesses", "servers"):
        assert set(contains[key]["contains"]) == set(rows["192.0.2.25"][key][0])
    assert set(contains["zone"]["contains"]) == set(rows["192.0.2.250"]["zone"])


def test_every_advice_is_documented(module):
    told = yaml.safe_load(module.RETURN)["results"]["contains"]["advice"]["description"]
    assert set(re.findall(r"V\((\w+)\)", " ".join(told))) == set(About)

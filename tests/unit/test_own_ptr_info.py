# SPDX-License-Identifier: GPL-3.0-or-later
"""The module, packed and run by Ansible itself, against a name server on loopback."""

import importlib.util
import json
import os
import re
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import yaml
from ansible import module_utils as ansible_module_utils
from ansible.module_utils.testing import patch_module_args

from ptrgate.outbound.verdict import VERDICTS, Verdict

ROOT = Path(__file__).resolve().parents[2]
OLD_DNSPYTHON = ROOT / "build" / "dnspython-2.3"

ZONE = {
    ("25.2.0.192.in-addr.arpa.", "PTR"): ["mx.example.org."],
    ("mx.example.org.", "A"): ["192.0.2.25"],
    ("26.2.0.192.in-addr.arpa.", "PTR"): ["other.example.org."],
    ("other.example.org.", "A"): ["192.0.2.99"],
    ("27.2.0.192.in-addr.arpa.", "PTR"): ["dsl-192-0-2-27.dynamic.example.net."],
    ("dsl-192-0-2-27.dynamic.example.net.", "A"): ["192.0.2.27"],
    ("28.2.0.192.in-addr.arpa.", "PTR"): ["absent.example.org."],
}
SERVFAIL = "29.2.0.192.in-addr.arpa."


class Answer(socketserver.BaseRequestHandler):
    """Answers one packet from ZONE."""

    def handle(self):
        wire, sock = self.request
        query = dns.message.from_wire(wire)
        name, kind = (
            query.question[0].name.to_text(),
            dns.rdatatype.to_text(query.question[0].rdtype),
        )
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        known = {of for of, _kind in ZONE}
        reply.set_rcode(dns.rcode.NOERROR if name in known else dns.rcode.NXDOMAIN)
        if name == SERVFAIL:
            reply.set_rcode(dns.rcode.SERVFAIL)
        if values := ZONE.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *values))
        sock.sendto(reply.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def nameserver():
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


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
def rows(nameserver):
    addresses = [f"192.0.2.{last}" for last in range(25, 31)] + ["2001:db8::25", "10.0.0.1"]
    result = ansible({"addresses": addresses, "nameservers": [nameserver], "timeout": 1})
    assert result["changed"] is False
    return {row["address"]: row for row in result["results"]}


@pytest.mark.parametrize(
    ("address", "verdict", "diagnosis"),
    [
        ("192.0.2.25", "pass", "ok"),
        ("192.0.2.26", "fail", "forward_mismatch"),
        ("192.0.2.27", "fail", "dynamic_name"),
        ("192.0.2.28", "fail", "forward_missing"),
        ("192.0.2.29", "unknown", "dns_failure"),
        ("192.0.2.30", "fail", "no_ptr"),
        ("2001:db8::25", "fail", "ipv6_without_ptr"),
        ("10.0.0.1", "unknown", "not_public"),
    ],
)
def test_verdict_and_diagnosis(rows, address, verdict, diagnosis):
    assert (rows[address]["verdict"], rows[address]["diagnosis"]) == (verdict, diagnosis)


def test_names_and_forward_answers_are_the_evidence(rows):
    name = {"name": "mx.example.org", "addresses": ["192.0.2.25"], "result": "confirmed"}
    assert rows["192.0.2.25"]["names"] == [{**name, "reason": ""}]
    assert rows["192.0.2.30"]["names"] == []


@pytest.mark.skipif(not OLD_DNSPYTHON.is_dir(), reason="dnspython 2.3 is not in build/")
def test_debian_12s_dnspython_will_do(nameserver):
    arguments = {"addresses": ["192.0.2.25"], "nameservers": [nameserver]}
    result = ansible(arguments, PYTHONPATH=str(OLD_DNSPYTHON))
    assert result["results"][0]["verdict"] == "pass"


def test_without_dnspython_it_says_what_to_install(tmp_path):
    (tmp_path / "dns.py").write_text("raise ImportError('No module named dns')")
    assert "dnspython" in ansible({"addresses": []}, PYTHONPATH=str(tmp_path))["msg"]


@pytest.fixture(scope="module")
def module():
    """Return the module as Python loads it, with the engine where AnsiballZ would pack it."""
    ansible_module_utils.__path__.append(str(ROOT / "src"))
    spec = importlib.util.spec_from_file_location("own", ROOT / "library" / "own_ptr_info.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"addresses": ["mx.example.org"]}, "'mx.example.org' is not an IPv4 or IPv6 address"),
        ({"nameservers": ["ns.example.org"]}, "nameservers is ['ns.example.org']"),
        ({"addresses": ["192.0.2.1"], "timeout": 0}, "more than 0 seconds"),
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
    assert set(contains["names"]["contains"]) == {"name", "addresses", "result", "reason"}

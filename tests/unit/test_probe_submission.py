# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports for own users: what strangers get there."""

import socket
import ssl
import subprocess

import pytest

from ptrgate.probe import dialogue
from ptrgate.probe.handshake import trusting_anybody
from ptrgate.probe.result import Verdict
from ptrgate.probe.submission import listener
from ptrgate.probe.target import Target, Visits
from tests.unit.mailserver import serving

AUTH = ("AUTH PLAIN LOGIN",)
NEEDS_TLS = "530 5.7.0 Must issue a STARTTLS command first"


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(dialogue, "REPLY_SECONDS", 5.0)


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    where = tmp_path_factory.mktemp("certificate")
    files = ["-keyout", f"{where}/key", "-out", f"{where}/pem"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    request = ["openssl", "req", "-x509", *kind, "-subj", "/CN=mx.example.org", *files]
    subprocess.run(request, check=True, capture_output=True)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(where / "pem", where / "key")
    return made


def wrong(port, tls=None):
    results = listener(Visits(Target("127.0.0.1", port, tls=tls)))
    return {result.name: result.verdict for result in results if result.verdict is not Verdict.OK}


def test_tls_from_the_start_with_auth_and_without_relaying_is_well(context):
    with serving(context=context, wrapped=True, keywords=AUTH) as server:
        assert wrong(server.port, trusting_anybody()) == {}
        assert server.said[-2].startswith("RCPT TO:<ptrgate-probe@example.com>")


@pytest.mark.parametrize(
    ("mistakes", "name", "verdict"),
    [
        ({"keywords": ()}, "AUTH offered with TLS", "bad"),
        ({"replies": {"^RCPT": "250 Ok"}}, "foreign domain without a password", "bad"),
        ({"replies": {"^RCPT": "450 Later"}}, "foreign domain without a password", "unknown"),
    ],
)
def test_what_is_wrong_is_named(context, mistakes, name, verdict):
    with serving(**{"context": context, "wrapped": True, "keywords": AUTH, **mistakes}) as server:
        assert wrong(server.port, trusting_anybody()) == {name: verdict}


def test_what_is_taken_before_starttls_is_bad(context):
    with serving(context=context, keywords=AUTH) as server:
        assert set(wrong(server.port)) == {"AUTH offered without TLS", "MAIL without TLS"}


def test_mail_before_starttls_is_refused(context):
    with serving(context=context, keywords=AUTH, replies={"^MAIL FROM:<>": NEEDS_TLS}) as server:
        assert set(wrong(server.port)) == {"AUTH offered without TLS"}


def test_nobody_there_is_unknown():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert list(wrong(port).values()) == ["unknown"]

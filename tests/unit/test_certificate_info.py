# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that openssl made, and what is told of them."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from ansible.module_utils.testing import patch_module_args
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from library.certificate_info import main

KINDS = {
    "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    "rsa": ["rsa:2048"],
    "ed25519": ["ed25519"],
}


def make(place, kind):
    files = ["-keyout", f"{place}/{kind}.key", "-out", f"{place}/{kind}.pem"]
    request = ["openssl", "req", "-x509", "-noenc", "-subj", "/CN=mx", *files]
    subprocess.run([*request, "-newkey", *KINDS[kind]], check=True, capture_output=True)


def make_old(place):
    """Write a certificate that ended yesterday, which openssl's command cannot make."""
    key = load_pem_private_key((place / "ecdsa.key").read_bytes(), None)
    name, now = x509.Name([]), datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(2), now - timedelta(1)
    ).sign(key, SHA256())
    (place / "old.pem").write_bytes(made.public_bytes(Encoding.PEM))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("certificates")
    for kind in KINDS:
        make(place, kind)
    make_old(place)
    key = ["openssl", "pkey", "-in", f"{place}/ecdsa.key", "-out", f"{place}/locked.key"]
    subprocess.run([*key, "-aes128", "-passout", "pass:secret"], check=True, capture_output=True)
    (place / "empty").write_text("")
    return place


@pytest.fixture
def look(place, capsys):
    def module(certificate, key):
        chain = {"certificate": f"{place}/{certificate}", "key": f"{place}/{key}"}
        with patch_module_args({"chains": [chain]}), pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)["results"][0]

    return module


@pytest.mark.parametrize(
    ("name", "kind", "bits"),
    [("ecdsa", "EC", 256), ("rsa", "RSA", 2048), ("ed25519", "ED25519", 256)],
)
def test_kind_and_length_of_the_key(look, name, kind, bits):
    row = look(f"{name}.pem", f"{name}.key")
    assert (row["error"], row["kind"], row["bits"]) == ("", kind, bits)
    assert (row["fits"], row["expired"]) == (True, False)


def test_the_key_of_another_certificate_does_not_fit(look):
    assert look("ecdsa.pem", "rsa.key")["fits"] is False


def test_an_old_certificate_is_expired(look):
    row = look("old.pem", "ecdsa.key")
    assert (row["expired"], row["ends"].endswith("GMT")) == (True, True)


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("nowhere.pem", "ecdsa.key", "nowhere.pem does not exist"),
        ("ecdsa.pem", "nowhere.key", "nowhere.key does not exist"),
        ("empty", "ecdsa.key", "empty is no certificate"),
        ("ecdsa.pem", "empty", "empty is no key without a password"),
        ("ecdsa.pem", "locked.key", "locked.key is no key without a password"),
    ],
)
def test_what_cannot_be_read_is_named(look, certificate, key, words):
    assert words in look(certificate, key)["error"]

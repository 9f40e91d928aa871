# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe looks at TLS: protocols, ciphers, and certificates made for the purpose by openssl."""

import ssl
import subprocess
import time
import warnings

import pytest

from ptrgate.probe.result import Verdict, worst
from ptrgate.probe.run import report
from ptrgate.probe.target import Target, Visits
from ptrgate.probe.tls import tls
from tests.unit.mailserver import serving

NAME = "mx.example.org"
DAYS = {"good": "365", "expiring": "5", "expired": "0"}


def openssl(*words, cwd):
    subprocess.run(["openssl", *words], cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Return a directory with an authority and its certificates: good, expiring, expired, other."""
    where = tmp_path_factory.mktemp("authority")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca = ["-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem", "-days", "365"]
    openssl("req", "-x509", *key, *ca, cwd=where)
    for name, host in [*((one, NAME) for one in DAYS), ("other", "mx.example.net")]:
        wish = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
        openssl("req", *key, *wish, "-keyout", f"{name}.key", "-out", f"{name}.csr", cwd=where)
        days = ["-days", DAYS.get(name, "365")]
        sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy"]
        made = ["-in", f"{name}.csr", "-out", f"{name}.pem"]
        openssl("x509", "-req", *made, *sign, *days, cwd=where)
    time.sleep(1.1)  # openssl makes no certificate that has ended, only one that ends now
    return where


def context(authority, certificate, *, oldest=ssl.TLSVersion.TLSv1_2, ciphers=""):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(authority / f"{certificate}.pem", authority / f"{certificate}.key")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = oldest
    if ciphers:
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        made.set_ciphers(ciphers)
    return made


def shaken(authority, server_context, **how):
    with serving(context=server_context) as server:
        known = {"authorities": str(authority / "ca.pem"), **how}
        return list(tls(Visits(Target("127.0.0.1", server.port, name=NAME, **known))))


def wrong(results):
    return {one.name: one.got for one in results if one.verdict is not Verdict.OK}


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr("ptrgate.probe.target.APART_SECONDS", 0.0)


def test_good_server_is_found_good(authority):
    results = shaken(authority, context(authority, "good"))
    assert worst(results) is Verdict.OK, report(results)
    said = {one.name: one.got for one in results}
    assert said["protocol"] == "TLSv1.3"
    assert said["certificate's dates"] in ("364 days left", "365 days left")


@pytest.mark.parametrize(
    ("certificate", "check", "words"),
    [
        ("expired", "certificate's dates", "certificate has expired"),
        ("expiring", "certificate's dates", "4 days left"),
        ("other", "certificate's name", "Hostname mismatch"),
    ],
)
def test_certificate_that_is_wrong_is_found(authority, certificate, check, words):
    found = wrong(shaken(authority, context(authority, certificate)))
    assert words in found[check]


def test_certificate_from_nobody_is_found(authority):
    results = shaken(authority, context(authority, "good"), authorities="")
    assert wrong(results) == {"certificate's issuer": "unable to get local issuer certificate"}


def test_certificate_that_need_prove_nothing_must_still_be_in_date(authority):
    assert wrong(shaken(authority, context(authority, "other"), vouched=False)) == {}
    found = wrong(shaken(authority, context(authority, "expired"), vouched=False))
    assert list(found) == ["certificate's dates"]


def test_old_protocol_is_found(authority):
    old = context(authority, "good", oldest=ssl.TLSVersion.TLSv1, ciphers="ALL:@SECLEVEL=0")
    assert {"TLS 1.0 refused", "TLS 1.1 refused"} <= set(wrong(shaken(authority, old)))


def test_cipher_without_authenticated_encryption_is_found(authority):
    weak = context(authority, "good", ciphers="ECDHE-ECDSA-AES256-SHA")
    assert wrong(shaken(authority, weak)) == {"cipher": "ECDHE-ECDSA-AES256-SHA"}


def test_no_tls_is_found():
    with serving() as server:
        results = list(tls(Visits(Target("127.0.0.1", server.port))))
    assert wrong(results) == {"STARTTLS": "not offered"}


def test_tls_that_is_offered_and_not_given_is_found(authority):
    local = {"^STARTTLS": "454 4.7.0 TLS not available due to local problem"}
    with serving(context=context(authority, "good"), replies=local) as server:
        results = list(tls(Visits(Target("127.0.0.1", server.port))))
    assert [(one.verdict, "454 4.7.0" in one.got) for one in results] == [(Verdict.BAD, True)]

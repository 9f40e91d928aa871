# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS on port 25 as NCSC-NL's list of 2025-05 has it; an RSA key besides would allow more."""

import pytest

from lab.mail import inside

OLD = ["-cipher", "ALL:@SECLEVEL=0"]
RSA = "/root/rsa"
MAKE = (
    "openssl req -x509 -newkey rsa:3072 -noenc -subj /CN=rsa -days 1"
    f" -keyout {RSA}.key -out {RSA}.pem"
)


@pytest.fixture(scope="module")
def both_keys(host):
    """Show a certificate with an RSA key besides the ECDSA one."""
    chains = host.check_output("postconf -h smtpd_tls_chain_files")
    host.check_output(MAKE)
    host.check_output("postconf -e %s", f"smtpd_tls_chain_files={chains} {RSA}.key {RSA}.pem")
    host.check_output("postfix reload")
    yield
    host.check_output("postconf -e %s", f"smtpd_tls_chain_files={chains}")
    host.check_output(f"postfix reload && rm {RSA}.key {RSA}.pem")


@pytest.fixture
def handshake(host, both_keys):  # noqa: ARG001 - it must be there
    address = next(one for one in host.check_output("hostname -I").split() if ":" not in one)

    def openssl(*options, say=":"):
        words = ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{address}:25", *options]
        script = f"{{ {say}; }} | {' '.join(map(quoted, words))} 2>&1; true"
        return inside("internet", "sh", "-c", script)

    return openssl


def quoted(word):
    return f"'{word}'"


def cipher(said):
    """Return the cipher that was agreed on, or nothing."""
    found = [line.split("Cipher is ")[1] for line in said.splitlines() if "Cipher is " in line]
    return found[0] if found and found[0] != "(NONE)" else ""


@pytest.mark.parametrize(
    ("options", "agreed"),
    [
        (["-tls1_3"], "TLS_AES_256_GCM_SHA384"),
        (["-tls1_2"], "ECDHE-ECDSA-AES256-GCM-SHA384"),
        (["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"], "ECDHE-RSA-CHACHA20-POLY1305"),
        (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"],
         "ECDHE-ECDSA-AES256-GCM-SHA384"),
        (["-tls1_3", "-groups", "P-384"], "TLS_AES_256_GCM_SHA384"),
        (["-tls1", *OLD], ""),
        (["-tls1_1", *OLD], ""),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA"], ""),
        (["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"], ""),
        (["-tls1_2", "-cipher", "AES256-GCM-SHA384"], ""),
        (["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"], ""),
        (["-tls1_3", "-groups", "ffdhe2048"], ""),
        (["-tls1_2", "-sigalgs", "RSA+SHA1:ECDSA+SHA1", *OLD], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value or "refused",
)  # fmt: skip
def test_what_is_agreed_on(handshake, options, agreed):
    assert cipher(handshake(*options)) == agreed


def test_master_secret_is_extended_and_nothing_is_compressed(handshake):
    said = handshake("-tls1_2")
    assert "Extended master secret: yes" in said
    assert "Compression: NONE" in said


def test_renegotiation_is_refused(handshake):
    said = handshake("-tls1_2", say="sleep 1; echo R; sleep 1")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell whether certificates and keys on a host can be used, and how strong they are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_info
short_description: Tell whether certificates and keys on a host can be used
description:
  - Asks C(openssl) of the managed host about each certificate and its key.
  - Reports and never judges; what cannot be read is reported with the reason.
options:
  chains:
    description: [Certificates with their keys, PEM files on the managed host.]
    type: list
    elements: dict
    required: true
attributes:
  check_mode: {description: Can run in check mode., support: full, details: [Only reads.]}
  diff_mode: {description: Can show a difference., support: none}
author: [The PTRgate engineers (@ptrgate)]
"""

EXAMPLES = r"""
- name: Look at the certificate
  certificate_info:
    chains:
      - {certificate: /etc/ssl/mx.example.org.pem, key: /etc/ssl/private/mx.example.org.key}
  register: __certificates
"""

RETURN = r"""
results:
  description: [A row for each chain.]
  type: list
  elements: dict
  returned: always
  sample: [{certificate: /etc/ssl/mx.example.org.pem, error: "", kind: EC, bits: 256, fits: true,
    expired: false, ends: "Jan 31 12:00:00 2027 GMT"}]
  contains:
    certificate: {description: [As given.], type: str}
    error: {description: [Which file cannot be read and why, or nothing.], type: str}
    kind: {description: [V(RSA), V(EC) or another algorithm of the key.], type: str}
    bits: {description: [The key's length.], type: int}
    fits: {description: [Whether the key is that of the certificate.], type: bool}
    expired: {description: [Whether the certificate is no longer valid.], type: bool}
    ends: {description: [Until when it is valid.], type: str}
"""

import re
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ARGUMENT_SPEC = {"chains": {"type": "list", "elements": "dict", "required": True}}

Row = dict[str, object]


class UnreadableError(Exception):
    """A file that openssl makes nothing of."""


def openssl(module: AnsibleModule, *words: str, data: str | None = None) -> str:
    """Return what openssl says; raise UnreadableError with its reason."""
    code, said, why = module.run_command(["openssl", *words], data=data)
    if code:
        raise UnreadableError(
            why.strip().splitlines()[0] if why.strip() else f"openssl ended {code}"
        )
    return str(said)


def look(module: AnsibleModule, certificate: str, key: str) -> Row:
    """Return what can be said of one certificate and its key."""
    row: Row = {"certificate": certificate, "error": "", "kind": "", "bits": 0}
    row |= {"fits": False, "expired": False, "ends": ""}
    for path in (certificate, key):
        if not Path(path).is_file():
            return row | {"error": f"{path} does not exist"}
    try:
        shown = openssl(module, "x509", "-in", certificate, "-noout", "-enddate", "-pubkey")
    except UnreadableError as error:
        return row | {"error": f"{certificate} is no certificate ({error})"}
    try:
        own = openssl(module, "pkey", "-in", key, "-pubout", "-passin", "pass:")
    except UnreadableError as error:
        return row | {"error": f"{key} is no key without a password ({error})"}
    ends, _, public = shown.partition("\n")
    ended = ["openssl", "x509", "-in", certificate, "-noout", "-checkend", "0"]
    row |= {"ends": ends.removeprefix("notAfter="), "fits": public.split() == own.split()}
    row["expired"] = module.run_command(ended)[0] != 0
    return row | strength(openssl(module, "pkey", "-pubin", "-noout", "-text", data=public))


def strength(text: str) -> Row:
    """Return the algorithm and the length of a public key from openssl's description of it."""
    bits = re.search(r"\((\d+) bit", text)
    known = {"Modulus": "RSA", "ASN1 OID": "EC"}
    kind = next((known[word] for word in known if word in text), text.split(maxsplit=1)[0])
    return {"kind": kind, "bits": int(bits[1]) if bits else 256}


def main() -> None:
    """Look at all of them."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    chains = module.params["chains"]
    if chains and not shutil.which("openssl"):
        module.fail_json(msg="openssl is not installed on this host: install the package openssl.")
    rows = [look(module, chain["certificate"], chain["key"]) for chain in chains]
    module.exit_json(changed=False, results=rows)


if __name__ == "__main__":
    main()

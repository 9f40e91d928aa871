# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as DNS carries them: labels of any octets, and their way to and from printable text."""

import dns.exception
import dns.name

Labels = tuple[bytes, ...]

_MAX_NAME = 253  # characters without the final dot (RFC 1035 section 3.1 counts octets: 255)
_MAX_LABEL = 63
_SPECIAL = frozenset(b'"().;\\@$')
_PLAIN = frozenset(range(0x21, 0x7F)) - _SPECIAL


def lower(labels: Labels) -> Labels:
    """Return the labels in lower case, as names are compared (RFC 4343)."""
    return tuple(label.lower() for label in labels)


def text(labels: Labels) -> str:
    """Return the presentation form: printable ASCII, no final dot, the root as "."."""
    return ".".join("".join(_ESCAPED[octet] for octet in label) for label in labels) or "."


def read(name: str) -> Labels:
    """Read the presentation form, in lower case. ValueError if it is no domain name."""
    if "\\" not in name and name.isascii():  # as nearly all are: dnspython takes ten times as long
        labels = tuple(name.lower().encode().removesuffix(b".").split(b"."))
        if len(name) <= _MAX_NAME and all(0 < len(label) <= _MAX_LABEL for label in labels):
            return labels
    try:
        return lower(dns.name.from_text(name).labels[:-1])
    except dns.exception.DNSException as error:
        raise ValueError(str(error)) from None


def _escaped(octet: int) -> str:
    if octet in _PLAIN:
        return chr(octet)
    return f"\\{chr(octet)}" if octet in _SPECIAL else f"\\{octet:03d}"


_ESCAPED = tuple(map(_escaped, range(256)))

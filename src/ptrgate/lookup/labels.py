# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as DNS carries them: labels of any octets, and their way to printable text."""

Labels = tuple[bytes, ...]

_SPECIAL = frozenset(b'"().;\\@$')
_PLAIN = frozenset(range(0x21, 0x7F)) - _SPECIAL


def lower(labels: Labels) -> Labels:
    """Return the labels in lower case, as names are compared (RFC 4343)."""
    return tuple(label.lower() for label in labels)


def text(labels: Labels) -> str:
    """Return the presentation form: printable ASCII, no final dot, the root as "."."""
    return ".".join("".join(_ESCAPED[octet] for octet in label) for label in labels) or "."


def _escaped(octet: int) -> str:
    if octet in _PLAIN:
        return chr(octet)
    return f"\\{chr(octet)}" if octet in _SPECIAL else f"\\{octet:03d}"


_ESCAPED = tuple(map(_escaped, range(256)))

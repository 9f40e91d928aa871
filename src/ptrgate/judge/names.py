# SPDX-License-Identifier: GPL-3.0-or-later
"""Domain names as text: labels, suffixes, and the names that never confirm anything.

A name is data from a stranger. It travels in DNS presentation form (RFC 1035 section 5.1):
printable ASCII, other octets as \\DDD, no final dot, the root alone as ".".
"""

from collections.abc import Iterator


def _characters(name: str) -> Iterator[str]:
    """Yield each character of a name, an escaped one together with its backslash."""
    position = 0
    while position < len(name):
        size = 1
        if name[position] == "\\":
            size = 4 if name[position + 1 : position + 4].isdigit() else 2
        yield name[position : position + size]
        position += size


def labels(name: str) -> tuple[str, ...]:
    """Split a name at its unescaped dots; the root has no label."""
    if "\\" not in name:
        return tuple(label for label in name.split(".") if label)
    found = [""]
    for character in _characters(name):
        if character == ".":
            found.append("")
        else:
            found[-1] += character
    return tuple(label for label in found if label)


def canonical(name: str) -> str:
    """Return the name in lower case without its final dot; the root stays "."."""
    return ".".join(labels(name.lower())) or "."


def is_under(name: str, suffix: str) -> bool:
    """Tell whether the name is the suffix or lies below it, on a label boundary."""
    above = labels(suffix.lower())
    return bool(above) and labels(name.lower())[-len(above) :] == above


def junk(name: str) -> str:
    """Say why a name cannot be that of a public host, or return ""."""
    parts = labels(name)
    if not parts:
        return "the root is not a host name"
    if len(parts) == 1:
        return "a single label is not a public host name"
    if parts[-1].isdigit():  # RFC 3696 section 2: no top-level domain is all digits
        return "a number is not a host name"
    if parts[-1] == "arpa":
        return "a name under arpa is not a host name"
    if parts[-1] in ("localhost", "localdomain"):  # RFC 6761 section 6.3, and its old companion
        return "a local name is not a public host name"
    return ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The milter protocol, version 6, as octets: what the MTA says and what it is answered.

A packet is its length (four octets, the command counts), a letter for the command, and data.
Names are those of libmilter/mfdef.h. What a stranger wrote comes as text whose undecodable octets
are surrogates; Postfix is who writes the packets, and a packet that is none ends the session.
"""

import socket
import struct
from collections.abc import Iterator
from enum import IntEnum, IntFlag

VERSION = 6
MAX_DATA = 65535  # octets of a packet without its command: MILTER_CHUNK_SIZE
_HEAD = struct.Struct("!I")
_OPTIONS = struct.Struct("!III")  # version, actions, steps
_FAMILIES = {b"4": socket.AF_INET, b"6": socket.AF_INET6}
_NO_ADDRESS = (b"U", b"L")  # Postfix does not know, or it is a unix socket


class BadPacket(Exception):  # noqa: N818 (what it is)
    """Octets that are no packet of this protocol, or one that has no place here."""


class Command(IntEnum):
    """What the MTA says: SMFIC_*."""

    NEGOTIATE = ord("O")
    MACROS = ord("D")
    CONNECT = ord("C")
    HELO = ord("H")
    MAIL = ord("M")
    RECIPIENT = ord("R")
    DATA = ord("T")
    HEADER = ord("L")
    END_OF_HEADERS = ord("N")
    BODY = ord("B")
    END_OF_MESSAGE = ord("E")
    UNKNOWN = ord("U")
    ABORT = ord("A")
    QUIT = ord("Q")


class Action(IntFlag):
    """What a milter may do, if the MTA lets it: SMFIF_*."""

    ADD_HEADERS = 0x1
    CHOOSE_MACROS = 0x100


class Step(IntFlag):
    """What the MTA may leave out, if it knows how: SMFIP_*."""

    NO_HEADERS = 0x20
    NO_END_OF_HEADERS = 0x40
    NO_UNKNOWN = 0x100
    NO_DATA = 0x200
    HELO_UNANSWERED = 0x2000


class Stage(IntEnum):
    """Where macros are asked for: SMFIM_*."""

    CONNECT = 0
    HELO = 1
    MAIL = 2
    RECIPIENT = 3


def _packet(letter: bytes, data: bytes = b"") -> bytes:
    return _HEAD.pack(len(data) + 1) + letter + data


GO_ON, ACCEPT, TEMPFAIL = _packet(b"c"), _packet(b"a"), _packet(b"t")


def options(version: int, actions: int, steps: int, macros: dict[Stage, str]) -> bytes:
    """Return our half of the negotiation; ``macros`` are names, separated by spaces."""
    data = _OPTIONS.pack(version, actions, steps)
    for stage, names in macros.items():
        data += _HEAD.pack(stage) + names.encode() + b"\0"
    return _packet(b"O", data)


def reply(line: str) -> bytes:
    """Return the SMTP reply ``line``, of printable ASCII, as the MTA is to say it.

    The MTA reads it as sendmail's milters write it: "%" is doubled.
    """
    return _packet(b"y", line.replace("%", "%%").encode("ascii") + b"\0")


def header_on_top(name: str, value: str) -> bytes:
    """Return the order to put a header before all others of this message."""
    return _packet(b"i", _HEAD.pack(0) + _octets(name) + b"\0" + _octets(value) + b"\0")


def first_packet(octets: bytes) -> tuple[int, bytes, bytes] | None:
    """Return the command and data of the packet that ``octets`` begin with, and what follows it.

    None if it is not complete. Raises BadPacket for one without a command, or that is too long.
    """
    if len(octets) < _HEAD.size:
        return None
    (size,) = _HEAD.unpack_from(octets)
    if not 0 < size <= MAX_DATA + 1:
        raise BadPacket(f"a packet of {size} octets")
    start, end = _HEAD.size, _HEAD.size + size
    if end > len(octets):
        return None
    return octets[start], octets[start + 1 : end], octets[end:]


def offer(data: bytes) -> tuple[int, int, int]:
    """Return version, actions and steps that the MTA offers."""
    if len(data) < _OPTIONS.size:
        raise BadPacket("a negotiation that is too short")
    version, actions, steps = _OPTIONS.unpack_from(data)
    return version, actions, steps


def macros(data: bytes) -> tuple[int, dict[str, str]]:
    """Return the command that macros belong to, and their names and values."""
    if not data:
        raise BadPacket("macros of no command")
    words = iter(_words(data[1:]))
    return data[0], dict(zip(words, words, strict=False))


def address(data: bytes) -> str | None:
    """Return the address that connects; None where it is none of the Internet."""
    _, found, rest = data.partition(b"\0")
    family, text = rest[:1], rest[3:]
    if not found or not family:
        raise BadPacket("a client without an address")
    if family in _NO_ADDRESS:
        return None
    try:
        written = text.removesuffix(b"\0").decode("ascii").removeprefix("IPv6:")
        return socket.inet_ntop(_FAMILIES[family], socket.inet_pton(_FAMILIES[family], written))
    except (KeyError, ValueError, OSError):
        raise BadPacket(f"a client at {rest!r:.100}") from None


def words(data: bytes) -> list[str]:
    """Return the arguments of MAIL, RCPT or HELO, at least one."""
    found = list(_words(data))
    if not found:
        raise BadPacket("a command without its argument")
    return found


def _words(data: bytes) -> Iterator[str]:
    parts = data.split(b"\0")
    return (part.decode("utf-8", "surrogateescape") for part in parts[:-1])


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

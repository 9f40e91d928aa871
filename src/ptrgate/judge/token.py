# SPDX-License-Identifier: GPL-3.0-or-later
"""The token in a refusal's URL: what was said to whom and when, signed, without a database.

Crockford base32 of: 10 octets HMAC-SHA256 (first, so that its start tells tokens apart), then
version and key id (4 bits each), UTC minutes (4 octets), finding and action (4 bits each),
address (4 or 16 octets).
"""

import hmac
from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self

from .addresses import parse
from .words import Action, Finding

MAC_OCTETS = 10
REF_CHARACTERS = 10
_VERSION = 1
_LENGTHS = (32, 52)  # characters of a token for IPv4 and IPv6
_KEY_OCTETS = 32
_MAX_TYPED = 200  # characters, hyphens and spaces included

_RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_WRITE = str.maketrans(_RFC4648, _CROCKFORD)
_READ = str.maketrans(_CROCKFORD + "OILU", _RFC4648 + "ABB!", "-")  # U is not of the alphabet

# the order is the wire format: append only
_FINDINGS = (Finding.OK, Finding.NO_PTR, Finding.FORGED, Finding.DYNAMIC, Finding.DNS_FAILURE)
_ACTIONS = (Action.ACCEPT, Action.LOG, Action.TAG, Action.DEFER, Action.REFUSE)


class BadToken(ValueError):  # noqa: N818 (the contract's word: what happened)
    """A text that no key of ours has signed; str() says why in words."""


class BadKeys(ValueError):  # noqa: N818 (as above)
    """A key file that cannot be used; str() names the line, never the key."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a client was told: UTC minutes since the epoch, finding, action, address."""

    minute: int
    finding: Finding
    action: Action
    address: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys by id: the first mints, all verify, so that a rotation breaks no URL."""

    _secrets: tuple[tuple[int, bytes], ...] = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read lines "ID HEX": ID 0-15, at least 32 octets. Empty lines and # are skipped."""
        secrets: dict[int, bytes] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.partition("#")[0].split()
            if words:
                identity, secret = _key(words, number)
                if identity in secrets:
                    raise BadKeys(f"line {number}: key {identity} stands here twice")
                secrets[identity] = secret
        if not secrets:
            raise BadKeys("there is no key")
        return cls(tuple(secrets.items()))

    @property
    def newest(self) -> tuple[int, bytes]:
        """The key that mints."""
        return self._secrets[0]

    def secret(self, identity: int) -> bytes | None:
        """Return the key of that id, if it is still known."""
        return dict(self._secrets).get(identity)


def _key(words: list[str], number: int) -> tuple[int, bytes]:
    try:
        identity, secret = int(words[0]), bytes.fromhex("".join(words[1:]))
    except ValueError:
        raise BadKeys(f'line {number}: expected "ID HEX"') from None
    if not 0 <= identity <= 15:  # noqa: PLR2004 (four bits)
        raise BadKeys(f"line {number}: the id must be 0 to 15")
    if len(secret) < _KEY_OCTETS:
        raise BadKeys(f"line {number}: the key must have at least {_KEY_OCTETS} octets in hex")
    return identity, secret


def mint(notice: Notice, keys: Keys) -> str:
    """Return the token for a notice: 32 characters for IPv4, 52 for IPv6."""
    identity, secret = keys.newest
    body = (
        bytes([_VERSION << 4 | identity])
        + notice.minute.to_bytes(4, "big")
        + bytes([_FINDINGS.index(notice.finding) << 4 | _ACTIONS.index(notice.action)])
        + parse(notice.address).packed
    )
    signed = _mac(secret, body) + body
    return b32encode(signed).decode("ascii").rstrip("=").translate(_WRITE)


def _mac(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, body, "sha256")[:MAC_OCTETS]


def read(token: str, keys: Keys) -> Notice:
    """Return the notice that one of our keys has signed; BadToken otherwise.

    Case, hyphens, and O for 0, I or L for 1 are forgiven: people type tokens.
    """
    signed = _octets(token)
    mac, body = signed[:MAC_OCTETS], signed[MAC_OCTETS:]
    if body[0] >> 4 != _VERSION:
        raise BadToken("it is of a version that is not known here")
    secret = keys.secret(body[0] & 15)
    if secret is None:
        raise BadToken("its key is no longer, or not yet, known here")
    if not hmac.compare_digest(mac, _mac(secret, body)):
        raise BadToken("its signature is wrong")
    finding, action = body[5] >> 4, body[5] & 15
    if finding >= len(_FINDINGS) or action >= len(_ACTIONS):
        raise BadToken("it says words that are not known here")
    minute = int.from_bytes(body[1:5], "big")
    return Notice(minute, _FINDINGS[finding], _ACTIONS[action], str(ip_address(body[6:])))


def normal(token: str) -> str:
    """Return a token that a person typed as `mint` writes it; wrong characters stay."""
    return _decodable(token).translate(_WRITE)


def _decodable(token: str) -> str:
    return token.strip().upper().translate(_READ)


def _octets(token: str) -> bytes:
    """Decode the text, or raise BadToken; only the one spelling that mint writes is whole."""
    text = _decodable(token) if token.isascii() and len(token) <= _MAX_TYPED else ""
    if len(text) not in _LENGTHS or not set(text) <= set(_RFC4648):
        raise BadToken("it is not whole")
    signed = b32decode(text + "=" * (-len(text) % 8))
    if b32encode(signed).decode("ascii").rstrip("=") != text:
        raise BadToken("it is not whole")
    return signed


def ref(token: str) -> str:
    """Return the start of the token that the log line carries as ``ref=``."""
    return normal(token)[:REF_CHARACTERS]

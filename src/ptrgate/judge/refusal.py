# SPDX-License-Identifier: GPL-3.0-or-later
"""What a refused client is told: the only place with the sentences.

One line, printable ASCII, the URL last and whole. Without the URL a line has at most 160 octets,
with it at most 400 (RFC 5321 section 4.5.3.1.5 allows 512). Codes: RFC 7372 section 3.3.
"""

from dataclasses import dataclass

from .words import Action, Finding, RefuseAt

MAX_WORDS = 160
MAX_LINE = 400
MAX_NAME = 60
_PLAIN = frozenset(range(0x21, 0x7F)) - {ord("%")}

_SENTENCES = {
    Finding.NO_PTR: "Relaying denied: {address} has no reverse DNS name (PTR).",
    Finding.FORGED: "Relaying denied (may be forged): {name} does not lead back to {address}.",
    Finding.DYNAMIC: (
        "Relaying denied: the name of {address} is that of a DSL, dial-up or dynamic line."
        " Use your provider's mail relay."
    ),
    Finding.DNS_FAILURE: ("Reverse DNS of {address} cannot be checked now, please try again."),
}
# X.7.25 is a failed reverse DNS test; a dynamic name has passed it and fails our policy, X.7.1
_DETAIL = {Finding.DYNAMIC: "7.1"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One SMTP reply; ``text`` is what follows the two codes."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        """Return the whole line, as the client reads it."""
        return f"{self.code} {self.enhanced} {self.text}"


def reply(
    finding: Finding,
    *,
    action: Action,
    address: str,
    name: str,
    url: str,
    refuse_at: RefuseAt = RefuseAt.RCPT,
) -> Reply:
    """Return the reply for a client that is refused (5xx) or deferred (451).

    A failed lookup is always 451, whatever the action: it proves nothing about the client.
    Raises ValueError for a finding or an action that is not spoken.
    """
    if finding not in _SENTENCES or action not in (Action.DEFER, Action.REFUSE):
        raise ValueError(f"nothing is said about {finding} with the action {action}")
    code = 521 if refuse_at is RefuseAt.MAIL else 550
    if action is Action.DEFER or finding is Finding.DNS_FAILURE:
        code = 451
    enhanced = f"{code // 100}.{_DETAIL.get(finding, '7.25')}"
    see = f" See {url}" if url else ""
    sentence = _SENTENCES[finding]
    frame = f"{code} {enhanced} {sentence.format(address=address, name='')} See "
    shown = printable(name, min(MAX_NAME, MAX_WORDS - len(frame)))
    return Reply(code, enhanced, sentence.format(address=address, name=shown) + see)


def goodbye(url: str) -> Reply:
    """Return the reply that ends a session in which no recipient was accepted."""
    see = f" See {url}" if url else ""
    return Reply(421, "4.7.0", f"No recipient was accepted, closing the connection.{see}")


def too_long(url: str) -> Reply:
    """Return the reply to a refused client whose message to postmaster is too long."""
    see = f" See {url}" if url else ""
    words = "A message to postmaster may have at most 1 MB while your server is refused."
    return Reply(552, "5.3.4", words + see)


def printable(name: str, limit: int) -> str:
    """Return a stranger's name as printable ASCII without "%", at most ``limit`` long.

    "%" is a format character to libmilter; like all else it is written as in DNS, \\DDD.
    """
    safe = "".join(_escape(octet) for octet in name.encode("utf-8", "surrogateescape"))
    if len(safe) <= limit:
        return safe
    return safe[: limit - 3].rstrip("\\") + "..."


def _escape(octet: int) -> str:
    return chr(octet) if octet in _PLAIN else f"\\{octet:03d}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of clients: through every function that judges, shows, logs or repeats one."""

from ipaddress import IPv4Address, IPv6Address

from ptrgate.judge import dynamic, names, refusal
from ptrgate.judge.weights import THRESHOLDS
from ptrgate.judge.words import Action, Finding, Point, RefuseAt
from ptrgate.lookup.labels import text
from ptrgate.milter import journal

from .chance import Chance, damage, demand

NAME = "names"

Input = tuple[str, str, str]  # the PTR name, the client's address, what a client says of itself

_WORDS = ("adsl", "dyn", "dynamicip", "pool", "cable", "mail", "mx-1", "static", "0", "00", "x", "")
_TAILS = ("example.net", "isp.example", "co.uk", "example", "arpa", "localhost", "localdomain", "7")
_ODD = "abcz019.-_\\,;=%\"' @$()+\t\n\r\0\x7f\x80\xe9\xb2\udcff\udc80\xad\u3002\uff0e\u202e\uff10"
_ODD += "\u0131\u0130\N{GRINNING FACE}"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F))) + "....----0123456789"
_URL = "https://help.company.example/r/" + "0" * 52


def make(chance: Chance) -> Input:
    """Make one input."""
    packed = chance.octets(16)
    address = IPv4Address(packed[:4]) if chance.below(3) else IPv6Address(packed)
    kind = chance.below(4)
    if kind == 0:
        name = text(tuple(_label(chance) for _ in range(chance.few(8))))
    elif kind == 1:
        name = "".join(chance.pick(_PRINTABLE) for _ in range(chance.few(255)))
    else:
        name = _provider(chance, address)
        if kind == 2:
            torn = damage(chance, name.encode(), 1 + chance.few(6))
            name = "".join(chr(octet) for octet in torn if 0x21 <= octet < 0x7F)
    length = chance.few(300 if chance.below(8) == 0 else 60)
    said = "".join(chance.pick(_ODD) for _ in range(length))
    return name[:1020], str(address), said


def _label(chance: Chance) -> bytes:
    if chance.below(3) == 0:
        return chance.octets(1 + chance.few(62))
    parts = (b"1", b"22", b"-", b"a", b"dsl", b".")
    return b"".join(chance.pick(parts) for _ in range(1 + chance.few(30)))


def _provider(chance: Chance, address: IPv4Address | IPv6Address) -> str:
    """Write the address into a name, in the ways in which providers do."""
    parts = [str(octet) for octet in address.packed[:4]]
    if isinstance(address, IPv6Address):
        parts = address.exploded.split(":")[chance.below(5) :]
    elif chance.below(3) == 0:
        parts = [part.zfill(3) for part in parts]
    elif chance.below(4) == 0:
        parts = [address.packed.hex() if chance.below(2) else str(int(address))]
    if chance.below(3) == 0:
        parts.reverse()
    written = chance.pick(("-", ".", "", "x", "_")).join(parts)
    words = [chance.pick(_WORDS) for _ in range(1 + chance.few(3))]
    words.insert(chance.below(len(words) + 1), written)
    return chance.pick(("-", ".", "")).join(words) + "." + chance.pick(_TAILS)


def outcome(given: Input) -> str:
    """Judge, show, log and repeat the name; return what came of it. Raises Broken."""
    name, address, said = given
    return f"{_judged(name, address)} | {_said(name, address, said)} | {_logged(name, said)}"


def _judged(name: str, address: str) -> str:
    found = dynamic.classify(name, address)
    for evidence in found.evidence:
        start, end = evidence.span
        demand(0 <= start < end <= len(name), f"{evidence} is not inside the name")
    least = THRESHOLDS[Point.BALANCED]
    demand(found.verdict == (found.score >= least), "score and verdict differ")
    demand(bool(found.evidence) or not found.verdict, "a verdict without evidence")
    short = names.canonical(name)
    demand(names.canonical(short) == short, "the canonical form has another one")
    demand(not names.labels(name) or names.is_under(name, short), "a name is not under itself")
    demand(not names.is_under(name, "x" + short) or short == ".", "a name is under another")
    demand(bool(names.junk(name)) == bool(names.junk(name + ".")), "a final dot changes the name")
    rules = " ".join(f"{e.rule}{e.span}" for e in found.evidence)
    return f"{'dynamic' if found.verdict else 'other'} {found.score} {rules} {names.junk(short)}"


def _said(name: str, address: str, said: str) -> str:
    replies = []
    for finding, stranger in ((Finding.FORGED, name), (Finding.FORGED, said), (Finding.NO_PTR, "")):
        reply = refusal.reply(
            finding, action=Action.REFUSE, address=address, name=stranger, url=_URL,
            refuse_at=RefuseAt.MAIL,
        )  # fmt: skip
        line = str(reply)
        demand(line.isascii() and line.isprintable(), "a reply is not one printable line")
        demand("%" not in line, "a reply has a format character")
        demand(len(line) <= refusal.MAX_LINE, "a reply is too long")
        words = line.removesuffix(_URL)
        demand(words + _URL == line and words.endswith(" "), "the URL is not whole, or not last")
        demand(len(words) <= refusal.MAX_WORDS, "the words of a reply are too long")
        replies.append(words)
    return " ".join(replies)


def _logged(name: str, said: str) -> str:
    heard = [said, name, *said.split(",")]
    values = {"name": name, "helo": said, "from": said[:9], "ref": "+1", "finding": "-"}
    line = journal.line(values | {"to": journal.recipients(heard, len(heard))})
    demand(line.isascii() and line.isprintable(), "a journal line is not printable")
    seen = journal.parse(line)
    if seen is None:
        return _unread()
    for key, value in values.items():
        octets = value.encode("utf-8", "surrogateescape")[: journal.MAX_VALUE]
        back = seen.get(key, "").encode("utf-8", "surrogateescape")
        demand(back == octets, f"{key} comes back as {back!r}")
    shown, others = journal.read_recipients(seen["to"])
    demand(len(shown) + others == len(heard), "recipients are lost or made up")
    for before, after in zip(heard, shown, strict=False):
        octets = before.encode("utf-8", "surrogateescape")[: journal.MAX_VALUE]
        demand(after.encode("utf-8", "surrogateescape") == octets, f"{before!r} is {after!r}")
    return str(len(shown))


def _unread() -> str:
    demand(holds=False, words="a journal line is not read back")
    return ""

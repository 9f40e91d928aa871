# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on an appliance: SECONDS SEED. Hostile requests at the page's own socket, one in ten honest.

Past nginx, whose rate limits would answer most of them. Prints JSON: how many were answered with
which status, and each that should not have been.
"""

import contextlib
import html
import http.client
import json
import random
import re
import socket
import sys
import time
from collections import Counter
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

sys.path.insert(0, "/usr/lib/ptrgate/current")
from ptrgate.judge.token import Keys, Notice, mint
from ptrgate.judge.words import Action, Finding
from ptrgate.page.text import words

SOCKET = "/run/ptrgate-page/page.sock"
KEYS = Keys.read(Path("/etc/ptrgate/token.keys").read_text("ascii"))
TITLES = {name: text.title for name, text in words("en").findings.items()}
METHODS = ["GET"] * 12 + ["POST"] * 8 + ["HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X"]
PLACES = ["/", "/r/", "/r/T/exception", "/no_ptr", "/forged", "/healthz", "/style.css", "/..", "//"]
BITS = [
    "%00", "%ff%fe", "%2e%2e/", "%0d%0aX-A:%20b", "<script>", "'\"><b>", "{{7*7}}", "${a}",
    "\u202e", "A" * 3000, "?check=1", "?address=::1", "?lang=de", "?lang=xx", "#", ";", "/", "=",
    "&", "address=198.51.100.7", "address=0x7f.1", "name=a..b", "zone=" + "a." * 200, "%s%n",
    "mailbox=a@b%0aCc:c",
]  # fmt: skip
KINDS = ["*/*", "text/html", "application/json", "text/plain", "a/b;q=x", "*" * 300, "", ";;,,"]
FORM = "application/x-www-form-urlencoded"
BODIES = [FORM, "multipart/form-data; boundary=", "multipart/form-data; boundary=b", "text/x", ""]


def ask(method: str, target: bytes, headers: dict[str, bytes], body: bytes) -> tuple[int, str]:
    """Send one request as nginx frames it; return status and text."""
    lines = [b"%s %s HTTP/1.1" % (method.encode(), target)]
    lines += [b"%s: %s" % (name.encode(), value) for name, value in headers.items()]
    lines += [b"Content-Length: %d" % len(body), b"Connection: close", b"", body]
    with socket.socket(socket.AF_UNIX) as page:
        page.settimeout(30)
        page.connect(SOCKET)
        # who refuses the first line does not wait for the rest
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            page.sendall(b"\r\n".join(lines))
        answer = http.client.HTTPResponse(page, method=method)
        answer.begin()
        return answer.status, answer.read().decode("utf-8", "replace")


def notice(chance: random.Random) -> Notice:
    """Return what some refusal was about."""
    kind = chance.choice([IPv4Address, IPv6Address])
    address = kind(chance.getrandbits(32 if kind is IPv4Address else 128))
    finding = chance.choice([one for one in Finding if one is not Finding.OK])
    return Notice(int(time.time() // 60), finding, Action.REFUSE, str(address))


def honest(chance: random.Random) -> str:
    """Visit a refusal's page; return what is wrong with it, if anything."""
    said = notice(chance)
    headers = {"Host": b"localhost", "Accept": b"text/html", "Accept-Language": b"en"}
    status, text = ask("GET", b"/r/" + mint(said, KEYS).encode(), headers, b"")
    seen = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())
    right = status == 200 and TITLES[said.finding] in seen and said.address in seen
    return "" if right else f"{status} for {said}: {seen[:200]}"


def hostile(chance: random.Random) -> tuple[int, str]:
    """Ask for something that nobody should; return the status and what was asked."""
    torn = list(mint(notice(chance), KEYS))
    for _ in range(chance.randrange(4)):
        torn[chance.randrange(len(torn))] = chance.choice("0Z~\u00e9%?/")
    place = chance.choice([*PLACES, "/r/T", "/r/T"]).replace("T", "".join(torn))
    target = place + "".join(chance.choices(BITS, k=chance.randrange(4)))
    octets = re.sub(rb"[\0- \x7f]", b"", target.encode()[:6000])
    form, body = chance.choice(BODIES), "&".join(chance.choices(BITS, k=chance.randrange(9)))
    headers = {
        "Host": chance.choice([b"localhost", b"evil.example", b"a" * 300, b"[::1", b"\xff"]),
        "Accept": chance.choice(KINDS).encode(),
        "Accept-Language": chance.choice(["de", "xx-" + "y" * 99, "en;q=nan", "*", ","]).encode(),
        "Content-Type": form.encode(),
        "X-Real-IP": chance.choice([b"198.51.100.7", b"::1", b"nobody", b"\xff" * 99]),
        "Cookie": chance.randbytes(20).translate(None, b"\r\n\0"),
    }
    method = chance.choice(METHODS)
    status, _ = ask(method, octets, headers, body.encode() + chance.randbytes(chance.randrange(99)))
    return status, f"{status} for {method} {octets[:300]!r}, {headers!r}, {body[:300]!r}"


def main() -> None:
    """Ask until the time is over."""
    ends = time.monotonic() + float(sys.argv[1])
    chance = random.Random(sys.argv[2])  # noqa: S311 - chances, no secrets
    answered: Counter[int] = Counter()
    wrong, visits = [], 0
    while time.monotonic() < ends:
        for _ in range(9):
            status, asked = hostile(chance)
            answered[status] += 1
            if status // 100 not in (2, 4):
                wrong.append(asked)
        visits += 1
        wrong += filter(None, [honest(chance)])
    json.dump({"answered": answered, "visits": visits, "wrong": wrong[:5]}, sys.stdout)


main()

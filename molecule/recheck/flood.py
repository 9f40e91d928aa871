# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on an appliance: CLIENTS. As many visitors of as many networks ask for a live check at once.

At the page's own socket, as nginx tells it of them. Prints JSON: the statuses and how often each
came, and the status of a page without a check right after.
"""

import http.client
import json
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, "/usr/lib/ptrgate/current")
from ptrgate.judge.token import Keys, Notice, mint
from ptrgate.judge.words import Action, Finding

KEYS = Keys.read(Path("/etc/ptrgate/token.keys").read_text("ascii"))


def visit(number: int, query: str = "?check=1") -> int:
    """Open the page of one refusal; return the status."""
    address = f"198.18.{number}.7"
    token = mint(Notice(int(time.time() // 60), Finding.NO_PTR, Action.REFUSE, address), KEYS)
    with socket.socket(socket.AF_UNIX) as page:
        page.settimeout(60)
        page.connect("/run/ptrgate-page/page.sock")
        head = f"GET /r/{token}{query} HTTP/1.1\r\nHost: help\r\nX-Real-IP: 203.0.113.{number}\r\n"
        page.sendall(f"{head}Connection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(page)
        answer.begin()
        return answer.status


with ThreadPoolExecutor(20) as visitors:
    told = Counter(visitors.map(visit, range(int(sys.argv[1]))))
json.dump({"told": told, "after": visit(0, "")}, sys.stdout)

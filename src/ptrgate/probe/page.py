# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that a refusal's URL opens, asked for where this host's nginx hands it out."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from .result import Check, Result, Set

NGINX = ("127.0.0.1", 80)
SECONDS = 25.0  # nginx gives up after 20
OK, TOO_OFTEN = 200, 429
BUSY = {"wait", "busy"}
BLIND = {"away", "error"}


def page(url: str, client: str, nginx: tuple[str, int] = NGINX) -> Iterator[Result]:
    """Open the page of a refusal that ``client`` was told of, and have it look at the client again.

    Yields a result for the page and, if there is one, for the look.
    """
    parts = urlsplit(url)
    where = f"{nginx[0]}:{nginx[1]}"
    path = f"{parts.path}?check=1"
    opened = Check(Set.REFUSAL, "page of a refusal", f"GET {path}", f"200, about {client}",
                   "`journalctl -u ptrgate-page -u nginx -n 20` says why", where)  # fmt: skip
    looked = Check(Set.REFUSAL, "re-check on that page", f"GET {path}", "what DNS says now",
                   "`journalctl -u ptrgate-recheck -n 20` says why", where)  # fmt: skip
    try:
        status, told = _get(nginx, parts.hostname or "", path)
    except (OSError, HTTPException, ValueError) as error:
        yield opened.bad(str(error) or type(error).__name__, "who is refused cannot read why")
        return
    if status == TOO_OFTEN:
        yield opened.unknown("the page was asked too often just now", str(status))
    elif status != OK or (told.get("refusal") or {}).get("address") != client:
        yield opened.bad(f"{status} {told.get('title', '')}", "who is refused cannot read why")
    else:
        yield opened.ok(str(status))
        yield _looked(looked, str((told.get("check") or {}).get("outcome")))


def _looked(check: Check, outcome: str) -> Result:
    if outcome in BLIND:
        return check.bad(outcome, "who has put it right is not believed before he writes again")
    if outcome in BUSY:
        return check.unknown("it was asked too often just now", outcome)
    return check.ok(f"an answer: {outcome}")


def _get(nginx: tuple[str, int], host: str, path: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object, empty if it is none; ValueError if it is no JSON."""
    connection = HTTPConnection(*nginx, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host, "Accept": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    finally:
        connection.close()
    return answer.status, told if isinstance(told, dict) else {}

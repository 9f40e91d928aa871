# SPDX-License-Identifier: GPL-3.0-or-later
"""One JSON line in, one JSON object out, over a unix socket: how a process sends another for it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

MAX_REQUEST = 4096  # octets
MAX_ANSWER = 1 << 18  # octets
BEGUN_SECONDS = 2.0  # for a request that was begun, and for an answer that is not taken

Told = dict[str, Any]


def serve(listening: socket.socket, answer: Callable[[bytes], Told], at_once: int) -> None:
    """Serve for ever in threads, ``at_once`` at most: who comes then hears ``{"wait": 0}``."""
    free = threading.BoundedSemaphore(at_once)
    listening.setblocking(True)

    def one(client: socket.socket) -> None:
        try:
            client.settimeout(BEGUN_SECONDS)
            with client.makefile("rb") as lines, contextlib.suppress(OSError):
                _send(client, answer(lines.readline(MAX_REQUEST)))
        finally:
            client.close()
            free.release()

    while True:
        client, _ = listening.accept()
        if free.acquire(blocking=False):
            threading.Thread(target=one, args=(client,), daemon=True).start()
        else:
            with client:
                _send(client, {"wait": 0})


def _send(client: socket.socket, told: Told) -> None:
    with contextlib.suppress(OSError):
        client.settimeout(BEGUN_SECONDS)
        client.sendall(json.dumps(told).encode("ascii"))
        client.shutdown(socket.SHUT_WR)


def ask(path: str, request: Mapping[str, Any], seconds: float) -> Told:
    """Return the answer; ``{"error": "away"}`` if there is none, or none that can be read."""
    try:
        told = json.loads(_asked(path, json.dumps(request), seconds))
    except (OSError, ValueError, RecursionError):
        return {"error": "away"}
    return told if isinstance(told, dict) else {"error": "away"}


def _asked(path: str, request: str, seconds: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(seconds)
        channel.connect(path)
        channel.sendall(request.encode("ascii") + b"\n")
        with channel.makefile("rb") as answer:
            return answer.read(MAX_ANSWER)

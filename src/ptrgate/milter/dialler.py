# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a worker's DNS sockets come from: asked for at the door, and used again."""

import json
import os
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from ..lookup.servers import Server
from .door import KINDS, MAX_REQUEST

_PATIENCE = 1.0  # seconds; the door answers in microseconds or is gone
_KEPT = 64  # idle sockets a nameserver

_WORDS: dict[int, str] = {kind: word for word, kind in KINDS.items()}


class Dialler:
    """A Dial (see `lookup.exchange`) that needs no network of its own; for many threads."""

    def __init__(self, path: str) -> None:
        """Ask at the door's socket ``path``; it need not be open yet."""
        self._path = path
        self._lock = threading.Lock()
        self._door: socket.socket | None = None
        self._idle: defaultdict[Server, list[socket.socket]] = defaultdict(list)

    @contextmanager
    def __call__(self, server: Server, kind: int, seconds: float) -> Iterator[socket.socket]:
        """Give a socket connected to ``server``; raises OSError.

        A datagram socket whose question was answered serves again. Late answers do no harm: they
        do not match the next question, and only ``server`` can send any.
        """
        idle = self._idle[server]
        try:
            channel = idle.pop() if kind == socket.SOCK_DGRAM else self._ask(server, kind)
        except IndexError:
            channel = self._ask(server, kind)
        try:
            if kind == socket.SOCK_STREAM:
                channel.settimeout(seconds)
            yield channel
        except BaseException:
            channel.close()
            raise
        if kind == socket.SOCK_DGRAM and len(idle) < _KEPT:
            idle.append(channel)
        else:
            channel.close()

    def _ask(self, server: Server, kind: int) -> socket.socket:
        request = {"kind": _WORDS[kind], "host": server[0], "port": server[1]}
        with self._lock:
            try:
                answer, handles = self._exchange(json.dumps(request).encode())
            except OSError:
                self._hang_up()  # the door was restarted: knock once more
                answer, handles = self._exchange(json.dumps(request).encode())
        if not handles:
            raise ConnectionRefusedError(answer[1:].decode("utf-8", "replace"))
        channel = socket.socket(fileno=handles[0])
        if kind == socket.SOCK_DGRAM:
            channel.setblocking(True)  # the door's are not, and Python cannot know
        return channel

    def _exchange(self, request: bytes) -> tuple[bytes, list[int]]:
        if self._door is None:
            door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._door = door
            door.settimeout(_PATIENCE)
            door.connect(self._path)
        self._door.send(request)
        answer, handles, _, _ = socket.recv_fds(self._door, MAX_REQUEST + 1, 1)
        if not answer:
            raise ConnectionResetError
        for handle in handles:
            os.set_inheritable(handle, False)
        return answer, handles

    def _hang_up(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None

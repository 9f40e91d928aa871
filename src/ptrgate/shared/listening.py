# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the listening socket comes from: the service manager, or a path given by hand.

Under systemd the socket belongs to ptrgate-milter.socket, made by root in a directory that no
worker can write, or even see. libmilter takes it as ``fd:N`` and so has no path it could unlink
when it stops (it does that to a socket it was given by path).
"""

import os
import socket
from pathlib import Path

_FIRST_FD = 3  # SD_LISTEN_FDS_START of sd_listen_fds(3)


class NoSocketError(Exception):
    """There is nothing to listen on; str() says what to do."""


def listening_socket(path: str | None, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """Return the socket to accept on, of that kind and not blocking.

    Several workers accept on it: one that lost the race for a connection must come back from
    accept(), or it could take one more connection after it was told to take none.
    """
    listening = _inherited() or (path and _opened(path, kind)) or None
    if listening is None:
        raise NoSocketError("no socket: start the .socket unit, or give --socket PATH")
    listening.setblocking(False)
    return listening


def _inherited() -> socket.socket | None:
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    if os.environ.get("LISTEN_FDS") != "1":
        raise NoSocketError(f"expected one socket, got {os.environ.get('LISTEN_FDS')}")
    return socket.socket(fileno=_FIRST_FD)


def _opened(path: str, kind: int) -> socket.socket:
    Path(path).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, kind)
    mask = os.umask(0o117)
    try:
        listening.bind(path)
    finally:
        os.umask(mask)
    listening.listen(1024)
    return listening

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service manager is told: sd_notify(3) without its library, and lines for the journal."""

import contextlib
import os
import socket
import sys
from enum import IntEnum


class Level(IntEnum):
    """The syslog levels of sd-daemon(3) that this program uses."""

    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6


def say(level: Level, text: str) -> None:
    """Write ``text`` to standard error for the journal, each of its lines with its level.

    One write(2), so that lines of several workers do not mix. A journal that is gone must not
    stop mail, so that error is swallowed.
    """
    lines = "".join(f"<{level:d}>{part}\n" for part in text.splitlines())
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), lines.encode("utf-8", "backslashreplace"))


def tell_manager(**fields: str) -> None:
    """Send ``fields`` (READY="1", STATUS="...") to the service manager, if there is one."""
    target = os.environ.get("NOTIFY_SOCKET", "")
    if not target:
        return
    # A leading "@" is the abstract name space. sendto, never connect: the sandbox forbids that.
    address = "\0" + target[1:] if target.startswith("@") else target
    message = "\n".join(f"{key}={value}" for key, value in fields.items()).encode()
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.sendto(message, address)

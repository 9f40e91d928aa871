# SPDX-License-Identifier: GPL-3.0-or-later
"""Many open sessions at the milter's socket, as so many smtpd would hold. Runs on the appliance.

``hold.py SESSIONS ADDRESS...``: each session is one of the clients, up to MAIL. Prints how many
are open, waits for a line on standard input, and ends them.
"""

from __future__ import annotations

import socket
import struct
import sys

SOCKET = "/var/spool/postfix/ptrgate/milter.sock"
_ACTIONS, _STEPS = 0x1FF, 0x1FFFFF


def say(channel: socket.socket, packet: bytes) -> bytes:
    """Send one packet of the milter protocol and return the answer to it."""
    channel.sendall(struct.pack("!I", len(packet)) + packet)
    (size,) = struct.unpack("!I", channel.recv(4, socket.MSG_WAITALL))
    return channel.recv(size, socket.MSG_WAITALL)


def opened(client: str) -> socket.socket:
    """Open one session and bring it to MAIL."""
    channel = socket.socket(socket.AF_UNIX)
    channel.settimeout(30)
    channel.connect(SOCKET)
    say(channel, b"O" + struct.pack("!III", 6, _ACTIONS, _STEPS))
    if say(channel, b"C[x]\x004" + struct.pack("!H", 25) + client.encode() + b"\0") != b"a":
        say(channel, b"M<bench@senders.example>\0")
    return channel


def main(sessions: str, *clients: str) -> None:
    """Open, wait, end."""
    channels = [opened(clients[number % len(clients)]) for number in range(int(sessions))]
    sys.stdout.write(f"{len(channels)}\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])

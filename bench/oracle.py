# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle: a milter that knows every client of the crowd and judges none. Runs alone.

``oracle.py SOCKET FIRST-ADDRESS KINDS`` takes the steps that PTRgate's milter takes and answers
what it answers, without looking anything up, counting, or writing, in one thread: less than any
milter in Python can cost. ``KINDS`` has one letter for each hundred clients' place, "a" for a
client to accept.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
from ipaddress import IPv4Address
from pathlib import Path

SOCKET, FIRST, KINDS = sys.argv[1], int(IPv4Address(sys.argv[2])), sys.argv[3]
GO_ON, ACCEPT = b"\0\0\0\1c", b"\0\0\0\1a"
# HELO needs no answer; no DATA, headers, end of headers, unknown commands; to add a header.
OPTIONS = struct.pack("!IcIII", 13, b"O", 6, 0x1, 0x2000 | 0x200 | 0x20 | 0x40 | 0x100)
WORDS = b"y550 5.7.25 Relaying denied: the bench says so. See http://help.example.org/r/"
REFUSAL = struct.pack("!I", len(WORDS) + 33) + WORDS + b"0" * 32 + b"\0"


def answer(command: int, data: bytes) -> bytes:
    """Answer one command."""
    if command == ord("C"):
        client = data.split(b"\0", 1)[1][3:-1].decode()
        place = (int(IPv4Address(client)) - FIRST) % len(KINDS)
        return ACCEPT if KINDS[place] == "a" else GO_ON
    return {ord("O"): OPTIONS, ord("M"): GO_ON, ord("R"): REFUSAL}.get(command, b"")


def answers(octets: bytes) -> bytes:
    """Answer what came at once; Postfix sends whole packets."""
    said = b""
    while octets:
        end = 4 + int.from_bytes(octets[:4], "big")
        said += answer(octets[4], octets[5:end])
        octets = octets[end:]
    return said


def main() -> None:
    """Serve until the end."""
    Path(SOCKET).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(SOCKET)
    listening.listen(1024)
    poll, channels = select.epoll(), {listening.fileno(): listening}
    poll.register(listening, select.EPOLLIN)
    Path(SOCKET).chmod(0o660)
    while True:
        for number, _ in poll.poll():
            channel = channels[number]
            if channel is listening:
                channel, _ = listening.accept()
                channels[channel.fileno()] = channel
                poll.register(channel, select.EPOLLIN)
            elif octets := channel.recv(65536):
                if said := answers(octets):
                    channel.send(said)
            else:
                channels.pop(number).close()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Speak SMTP line by line from an address of ours, and print the replies as JSON.

Runs on the lab host `internet`: dialogue.py SOURCE TARGET LINE ...
A line `DATA` is followed by a message. Prints a list of [line, reply]; a reply that did not come,
because the server hung up, is null.
"""

import json
import socket
import sys

MESSAGE = b"Subject: dialogue\r\n\r\nhello\r\n.\r\n"


def main(source: str, target: str, *lines: str) -> None:
    """Say every line, each after the reply to the one before."""
    connection = socket.create_connection((target, 25), 30, (source, 0))
    stream = connection.makefile("rwb")

    def heard() -> str | None:
        text = []
        while line := stream.readline():
            text.append(line.decode("ascii", "replace").rstrip("\r\n"))
            if line[3:4] != b"-":
                return "\n".join(text)
        return None

    said = [["", heard()]]
    for line in ("EHLO client.senders.example", *lines):
        try:
            stream.write(line.encode() + b"\r\n")
            stream.flush()
            said.append([line, heard()])
            if line == "DATA" and (said[-1][1] or "").startswith("354"):
                stream.write(MESSAGE)
                stream.flush()
                said.append([".", heard()])
        except OSError:
            said.append([line, None])
    json.dump(said, sys.stdout)


main(*sys.argv[1:])

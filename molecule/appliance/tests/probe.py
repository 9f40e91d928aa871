# SPDX-License-Identifier: GPL-3.0-or-later
"""Try what nobody but root may do, and print what worked, as JSON. Undoes what it did."""

import json
import os
import socket
import sys
from pathlib import Path


def write(directory):
    path = Path(directory) / "ptrgate-probe"
    path.write_text("written by a test")
    path.unlink()


def listen(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as stream:
        stream.bind((address, 0))
        stream.listen()


def reach(address, port, kind=socket.SOCK_STREAM):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as stream:
        stream.settimeout(1)
        stream.connect((address, port))
        stream.send(b"QUIT\r\n")


ATTEMPTS = {
    "write /etc": lambda: write("/etc"),
    "write the release": lambda: write("/usr/lib/ptrgate/current"),
    "write the state of others": lambda: write("/var/lib/ptrgate"),
    "replace the milter's socket": lambda: write("/var/spool/postfix/ptrgate"),
    "read the mail queue": lambda: list(Path("/var/spool/postfix/active").iterdir()),
    "read the passwords": lambda: Path("/etc/shadow").read_text(),
    "read the certificate's key": lambda: list(Path("/etc/ssl/private").iterdir()),
    "listen on TCP": lambda: listen("0.0.0.0"),  # noqa: S104 - that is what must fail
    "listen on TCP over IPv6": lambda: listen("::"),
    "connect to the Internet": lambda: reach("203.0.113.20", 25),
    "connect over IPv6": lambda: reach("2001:db8:0:100::20", 25),
    "send a datagram": lambda: reach("203.0.113.15", 53, socket.SOCK_DGRAM),
    "speak to Postfix": lambda: reach("127.0.0.1", 25),
    "become root": lambda: os.setuid(0),
}


def works(attempt):
    try:
        attempt()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    json.dump([name for name, attempt in ATTEMPTS.items() if works(attempt)], sys.stdout)

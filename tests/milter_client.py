# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTA's side of the milter protocol, as much of it as a test needs (version 6)."""

import socket
import struct

ACTIONS, STEPS = 0x1FF, 0x1FFFFF


class Mta:
    """One milter connection; every method returns the milter's answer as bytes."""

    def __init__(self, path, actions=ACTIONS):
        self.channel = socket.socket(socket.AF_UNIX)
        self.channel.settimeout(10)
        self.channel.connect(str(path))
        answer = self.say(b"O" + struct.pack("!III", 6, actions, STEPS))
        self.steps = struct.unpack("!I", answer[9:13])[0]

    def say(self, packet, *, answered=True):
        self.channel.sendall(struct.pack("!I", len(packet)) + packet)
        return self.hear() if answered else b""

    def hear(self):
        (size,) = struct.unpack("!I", self._octets(4))
        return self._octets(size)

    def _octets(self, size):
        read = b""
        while len(read) < size:
            more = self.channel.recv(size - len(read))
            if not more:
                raise ConnectionResetError(f"the milter hung up after {read!r}")
            read += more
        return read

    def connect(self, address, name=b"somewhere"):
        family, shown = (b"6", b"IPv6:") if ":" in address else (b"4", b"")
        packet = name + b"\0" + family + struct.pack("!H", 25) + shown + address.encode() + b"\0"
        return self.say(b"C" + packet)

    def helo(self, name=b"client.example"):
        self.say(b"H" + name + b"\0", answered=False)

    def mail(self, sender=b"author@example.net"):
        return self.say(b"M<" + sender + b">\0")

    def rcpt(self, recipient=b"reader@example.org"):
        return self.say(b"R<" + recipient + b">\0")

    def quit(self):
        self.say(b"Q", answered=False)
        self.channel.close()

# SPDX-License-Identifier: GPL-3.0-or-later
"""One milter connection: octets in, packets to whoever answers them, answers out."""

import socket
from collections.abc import Iterator
from typing import Protocol

from ..shared.notify import Level, say
from .packets import BadPacket, first_packet

_READ = 65536


class Speaker(Protocol):
    """One side of a session: takes a command and its data, answers; None ends it."""

    def answer(self, command: int, data: bytes) -> bytes | None:
        """Return the answer; raises BadPacket."""
        ...

    def close(self) -> None:
        """End, whatever the reason."""
        ...


class Connection:
    """A connection and what was heard of the packet that is not complete yet."""

    def __init__(self, channel: socket.socket, speaker: Speaker) -> None:
        """Begin on ``channel``; ``speaker`` answers."""
        self.channel, self.speaker = channel, speaker
        self._heard = b""

    def go_on(self) -> bool:
        """Hear what has come and answer it; False when it is over."""
        try:
            octets = self.channel.recv(_READ, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return bool(octets) and self._answer(octets)

    def _answer(self, octets: bytes) -> bool:
        goes_on, answers = True, b""
        self._heard += octets
        try:
            for command, data in self._packets():
                answer = self.speaker.answer(command, data)
                if answer is None:
                    goes_on = False
                    break
                answers += answer
        except BadPacket as error:
            say(Level.WARNING, f"the mail server made no sense, one session: {error}")
            goes_on = False
        return (not answers or self._say(answers)) and goes_on

    def _packets(self) -> Iterator[tuple[int, bytes]]:
        while taken := first_packet(self._heard):
            command, data, self._heard = taken
            yield command, data

    def _say(self, answers: bytes) -> bool:
        # It waits for this answer, so there is room; whoever does not read is no mail server.
        try:
            sent = self.channel.send(answers, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except OSError:
            return False
        return sent == len(answers)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker as its supervisor sees it: what it is made from, what it says, how it is told to go."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Self

from ..shared.paper import paper
from .pulse import Pulse, activity


@dataclass(frozen=True, slots=True)
class Material:
    """What workers are made from, read once: a later worker of a generation equals its first.

    ``policy`` and ``keys`` are texts, ``source`` is the policy's path for messages, ``release``
    the directory the code is imported from, with every link in it followed; ``door`` the socket
    of the `door` to DNS, empty where sockets may be made freely; ``state`` the directory of what
    the workers share and remember, empty where they remember nothing.
    """

    policy: str
    keys: str
    source: str
    release: str
    door: str
    state: str

    @classmethod
    def read(cls, policy: Path, keys: Path, door: str = "", state: str = "") -> Self:
        """Read the files as they are now; raises Unusable."""
        return cls(
            policy=paper(policy),
            keys=paper(keys),
            source=str(policy),
            # Through the link "current" this is the release of today, not that of our start.
            release=str(Path(__file__).parents[2].resolve()),
            door=door,
            state=state,
        )


PING, LEAVE = b"?", b"\n"  # orders to a worker, an octet each
MAX_MESSAGE = 65536  # octets of what a worker says at once


class State(Enum):
    """Where a worker is in its life."""

    STARTING = "starting"
    SERVING = "serving"
    LEAVING = "leaving"


@dataclass(eq=False)
class Child:
    """One worker process."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket
    pulse: Pulse
    state: State = State.STARTING
    since: float = field(default_factory=time.monotonic)
    answers: bool = False  # workers of an older release take a ping for the order to leave
    listens: bool = True  # False: it takes no more connections; older ones do not say so

    @classmethod
    def start(cls, material: Material, listening: socket.socket) -> Self:
        """Start a worker; it reports when it serves."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        paper = os.memfd_create("ptrgate-material")
        with theirs, open(paper, "r+b") as stdin:  # noqa: PTH123 - a descriptor has no path
            stdin.write(json.dumps(asdict(material)).encode())
            stdin.seek(0)
            process = subprocess.Popen(
                [
                    sys.executable, "-P", "-m", "ptrgate.milter.worker",
                    str(listening.fileno()), str(theirs.fileno()),
                ],
                stdin=stdin,
                pass_fds=(listening.fileno(), theirs.fileno()),
                env=_environment(material.release),
            )  # fmt: skip
        return cls(process, ours, Pulse(partial(activity, process.pid)))

    @property
    def pid(self) -> int:
        """Process id, which is also the ``worker=`` of its journal lines."""
        return self.process.pid

    def turn(self, state: State) -> None:
        """Note a new state and when it began."""
        self.state, self.since = state, time.monotonic()

    def messages(self) -> list[dict[str, Any]]:
        """Return what the worker said since the last call; what nobody understands is left out."""
        heard = []
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            while message := self.control.recv(MAX_MESSAGE):
                for line in message.splitlines():
                    with contextlib.suppress(ValueError):
                        heard.append(json.loads(line))
        return heard

    def ping(self) -> None:
        """Ask it for a sign of life."""
        if self.answers:
            self.pulse.asked()
            self._order(PING)

    def leave(self) -> None:
        """Tell it to take no more connections and to go when its sessions are over."""
        self.turn(State.LEAVING)
        self._order(LEAVE)

    def _order(self, order: bytes) -> None:
        with contextlib.suppress(OSError):  # it is gone, or has heard nothing for long
            self.control.send(order)

    def kill(self) -> None:
        """End it now, sessions included."""
        self.process.kill()


def _environment(release: str) -> dict[str, str]:
    # What the service manager said was said to the supervisor alone.
    alien = ("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC")
    kept = {key: value for key, value in os.environ.items() if key not in alien}
    return kept | {"PYTHONPATH": release}

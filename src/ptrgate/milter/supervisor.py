# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent that serves nobody: starts workers, hears them, kills the hung, tells how it stands.

Who follows whom is `succession`'s business. A worker that is silent and does nothing (`pulse`) is
killed and so replaced; the service manager's watchdog does the same for the supervisor itself.
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable

from ..shared.notify import Level, say, tell_manager
from .child import Child, Material, State
from .pulse import PING_SECONDS
from .report import Report
from .succession import Succession

STARTUP_SECONDS = 20.0
DRAIN_SECONDS = 5.0  # at our end: sessions still open then are cut, and their clients retry
LEAVING_SECONDS = 3600.0  # after a replacement: Postfix ends an idle session within 300 s


class Supervisor:
    """Keeps the workers of one listening socket."""

    def __init__(
        self, listening: socket.socket, read: Callable[[], Material], report: Report
    ) -> None:
        """Supervise workers on ``listening``; ``read`` returns what they are made from now."""
        self._listening = listening
        self._report = report
        self._workers = Succession(read, self._start, report)
        self._pinged = 0.0
        self._stopped = False
        self._is_told = False  # the manager, that what was asked for is settled
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; return the exit status."""
        wakeup, signalled = socket.socketpair()
        for end in (wakeup, signalled):
            end.setblocking(False)
        signal.set_wakeup_fd(signalled.fileno())
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self._selector.register(wakeup, selectors.EVENT_READ, None)
        self._renew()
        while not self._stopped and self._workers.failed is None:
            for key, _ in self._selector.select(timeout=0.25):
                if key.data is None:
                    self._signalled(wakeup.recv(64))
                else:
                    self._hear(key.data)
            self._bury()
            self._tend()
            self._settle()
        return self._close(self._workers.failed or 0)

    def _signalled(self, numbers: bytes) -> None:
        if signal.SIGTERM in numbers or signal.SIGINT in numbers:
            self._stopped = True
        elif signal.SIGHUP in numbers:
            tell_manager(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
            self._renew()

    def _renew(self) -> None:
        self._is_told = False
        self._workers.renew()

    def _start(self, material: Material) -> Child:
        child = Child.start(material, self._listening)
        self._selector.register(child.control, selectors.EVENT_READ, child)
        return child

    def _hear(self, child: Child) -> None:
        for message in child.messages():
            self._workers.heard(child, **message)

    def _settle(self) -> None:
        """Tell the manager, which waits for it, that a candidate serves or was refused."""
        if self._workers.settled and not self._is_told:
            self._is_told = True
            self._tell()
            tell_manager(READY="1")

    def _bury(self) -> None:
        for child in self._workers.children:
            status = child.process.poll()
            if status is not None:
                self._hear(child)  # its last words
                self._selector.unregister(child.control)
                child.control.close()
                self._workers.died(child, status)

    def _tend(self) -> None:
        """Do what only needs time to have passed."""
        now = time.monotonic()
        self._workers.tend()
        for child in self._workers.children:
            age = now - child.since
            late = child.state is State.STARTING and age > STARTUP_SECONDS
            if late or (child.state is State.LEAVING and age > LEAVING_SECONDS):
                child.kill()
        if now - self._pinged > PING_SECONDS:
            self._pinged = now
            self._ping()

    def _ping(self) -> None:
        """Look who still lives, and be seen to live."""
        for child in self._workers.children:
            child.ping()
            if child.pulse.hung:
                say(Level.ERROR, f"worker {child.pid} hangs: it is silent and does nothing")
                self._report.hung()
                child.answers = False
                child.kill()
        tell_manager(WATCHDOG="1")
        self._tell()

    def _tell(self) -> None:
        self._report.tell(self._workers.current, self._workers.leaving)

    def _close(self, status: int) -> int:
        tell_manager(STOPPING="1")
        children = self._workers.children
        for child in children:
            child.leave()
        end = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end and any(child.process.poll() is None for child in children):
            time.sleep(0.05)
        for child in children:
            child.kill()
            child.process.wait()
        return status

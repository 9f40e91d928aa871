# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets and threads of a worker: one thread leads and serves everybody, until it must wait.

libmilter, which Debian builds with a pool of threads, hands each step of a session from one thread
to another and back, which costs more than judging (docs/measurements.md). Here the leader reads,
answers and goes on to the next; before it asks DNS it steps aside, and another thread leads.
"""

import select
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable

from ..shared.notify import Level, say
from .connection import Connection, Speaker

_SPARE, _MOST = 4, 1024  # threads that wait to lead; all of them
_STACK = 512 * 1024  # octets of a thread, reserved and not used
_LOOK_ANYWAY = 1.0  # seconds: whom the kernel woke for a connection may be stopped
_STILL = 10.0  # seconds without a look: the leader is stuck
_PAUSE = 0.1  # seconds
_AT_ONCE = 64  # events of one look
_ONCE = select.EPOLLIN | select.EPOLLONESHOT
_ALONE = select.EPOLLIN | select.EPOLLEXCLUSIVE


class Server:
    """Serves everybody who connects to a socket, until it is deafened."""

    def __init__(self, listening: socket.socket) -> None:
        """Take connections at ``listening``, which must not block."""
        self._listening = listening
        self._epoll = select.epoll()
        self._ready: deque[int] = deque()  # descriptors of which there is something to hear
        self._open: dict[int, Connection] = {}
        self._leading, self._counting, self._accepting = (threading.Lock() for _ in range(3))
        self._threads = self._spare = 0
        self._own = threading.local()
        self._is_deaf = False
        self._looked = time.monotonic()

    @property
    def sessions(self) -> int:
        """How many connections are open."""
        return len(self._open)

    @property
    def moves(self) -> bool:
        """Whether somebody leads, and is not stuck."""
        return time.monotonic() - self._looked < _STILL

    def start(self, begin: Callable[[], Speaker]) -> None:
        """Begin to serve, ``begin`` being called for each connection; returns at once."""
        self._begin = begin
        threading.stack_size(_STACK)
        self._epoll.register(self._listening, _ALONE)
        self._hire()

    def deafen(self) -> None:
        """Take no more connections; those that are open go on."""
        with self._accepting:
            if not self._is_deaf:
                self._epoll.unregister(self._listening)
            self._is_deaf = True

    def step_aside(self) -> None:
        """Let another thread lead, if this one does: to be called before whatever takes long."""
        if not getattr(self._own, "leads", False):
            return
        if self._spare or self._hire():
            self._own.leads = False
            self._leading.release()

    def _hire(self) -> bool:
        """Start another thread; False if there are enough, or the system gives no more."""
        with self._counting:
            if self._threads >= _MOST:
                return False
            try:
                threading.Thread(target=self._work, daemon=True).start()
            except RuntimeError:
                return False
            self._threads += 1
        return True

    def _work(self) -> None:
        """Be one of the threads: wait to lead, lead, step aside, and so on."""
        while self._waits():
            self._own.leads = True
            while self._own.leads:
                self._serve(self._next())

    def _waits(self) -> bool:
        """Wait to lead; False at once if enough others do."""
        with self._counting:
            if self._spare >= _SPARE:
                self._threads -= 1
                return False
            self._spare += 1
        self._leading.acquire()
        with self._counting:
            self._spare -= 1
        return True

    def _next(self) -> int:
        while not self._ready:
            events = self._epoll.poll(_LOOK_ANYWAY, _AT_ONCE)
            self._looked = time.monotonic()
            self._ready.extend(number for number, _ in events)
            if not events:
                return self._listening.fileno()
        return self._ready.popleft()

    def _serve(self, number: int) -> None:
        try:
            if number == self._listening.fileno():
                self._accept()
            elif not self._open[number].go_on():
                self._part(number)
            else:
                self._epoll.modify(number, _ONCE)
        except Exception:  # noqa: BLE001 - whatever it is, the other sessions go on
            say(Level.ERROR, f"error beside the sessions: {traceback.format_exc()}")
            self._part(number)

    def _accept(self) -> None:
        with self._accepting:
            if self._is_deaf:
                return
            try:
                channel, _ = self._listening.accept()
            except BlockingIOError:  # another worker was faster, or nobody is there
                return
            except OSError as error:  # too many descriptors: some will be closed
                say(Level.ERROR, f"a connection could not be accepted: {error}")
                time.sleep(_PAUSE)
                return
            # To the end of the row: the kernel wakes who stands first.
            self._epoll.unregister(self._listening)
            self._epoll.register(self._listening, _ALONE)
            number = channel.fileno()
            self._open[number] = Connection(channel, self._begin())
        self._epoll.register(number, _ONCE)

    def _part(self, number: int) -> None:
        if one := self._open.get(number):
            one.speaker.close()
            self._epoll.unregister(number)
            del self._open[number]
            one.channel.close()

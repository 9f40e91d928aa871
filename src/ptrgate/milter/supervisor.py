# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent that serves nobody: starts workers, replaces them one generation by the next.

A generation is a policy, its keys and a release of the code. On SIGHUP a scout of the new
generation is started: if it cannot use the policy, it says why and the old generation goes on.
Only when all workers of the new one serve, the old ones are told to leave. A worker that dies is
replaced from what its generation was made of, whatever the files say meanwhile.
"""

import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .child import Child, Material, State
from .notify import Level, say, tell_manager
from .pausing import Pausing

STARTUP_SECONDS = 20.0
DRAIN_SECONDS = 5.0  # at our end: sessions still open then are cut, and their clients retry
LEAVING_SECONDS = 3600.0  # after a replacement: Postfix ends an idle session within 300 s
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # between workers that die before they serve

BAD_CONFIGURATION = 78
OWN_FAILURE = 70


@dataclass(eq=False)
class Generation:
    """Workers made from the same material."""

    material: Material
    wanted: int = 1  # a scout, which then says how many its policy wants
    policy: str = ""
    children: list[Child] = field(default_factory=list)
    failures: int = 0  # workers in a row that died before they served
    hire_after: float = 0.0

    def count(self, *states: State) -> int:
        """Count the workers in these states."""
        return sum(child.state in states for child in self.children)


class Supervisor:
    """Keeps the workers of one listening socket."""

    def __init__(self, listening: socket.socket, read: Callable[[], Material]) -> None:
        """Supervise workers on ``listening``; ``read`` returns what they are made from now."""
        self._listening = listening
        self._read = read
        self._current: Generation | None = None
        self._candidate: Generation | None = None
        self._retired: list[Generation] = []
        self._troubles = 0
        self._refused = ""
        self._pausing: Pausing | None = None
        self._exit: int | None = None
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
        self._reload()
        while self._exit is None:
            for key, _ in self._selector.select(timeout=0.25):
                if key.data is None:
                    self._signalled(wakeup.recv(64))
                else:
                    self._heard(key.data)
            self._bury()
            self._tend()
        return self._close(self._exit)

    def _signalled(self, numbers: bytes) -> None:
        if signal.SIGTERM in numbers or signal.SIGINT in numbers:
            self._exit = 0
        elif signal.SIGHUP in numbers:
            tell_manager(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
            self._reload()

    def _reload(self) -> None:
        if self._candidate:
            self._abandon("a newer one was asked for")
        try:
            self._candidate = Generation(self._read())
        except (OSError, UnicodeDecodeError) as error:
            self._refuse_reload(str(error), BAD_CONFIGURATION)
            return
        self._hire(self._candidate)

    def _hire(self, generation: Generation) -> None:
        while generation.count(State.STARTING, State.SERVING) < generation.wanted:
            child = Child.start(generation.material, self._listening)
            generation.children.append(child)
            self._selector.register(child.control, selectors.EVENT_READ, child)

    def _heard(self, child: Child) -> None:
        generation = self._generation_of(child)
        for message in child.messages():
            if message["kind"] == "trouble":
                self._troubles += 1
                self._report()
            elif message["kind"] == "ready" and child.state is State.STARTING:
                child.turn(State.SERVING)
                generation.failures = 0
                generation.wanted, generation.policy = message["workers"], message["policy"]
                self._hire(generation)
        complete = generation.count(State.SERVING) >= generation.wanted
        if generation is self._candidate and complete:
            self._promote(generation)

    def _generation_of(self, child: Child) -> Generation:
        return next(one for one in self._generations() if child in one.children)

    def _generations(self) -> list[Generation]:
        return [one for one in (self._current, self._candidate, *self._retired) if one]

    def _promote(self, generation: Generation) -> None:
        if self._current:
            self._retire(self._current)
        self._current, self._candidate, self._refused = generation, None, ""
        if self._pausing is None and generation.material.state:
            self._pausing = Pausing(Path(generation.material.state))
        say(Level.NOTICE, f"policy {generation.policy} holds, {generation.wanted} workers")
        tell_manager(READY="1")
        self._report()

    def _retire(self, generation: Generation) -> None:
        for child in generation.children:
            child.leave()
        self._retired.append(generation)

    def _abandon(self, reason: str) -> None:
        if self._candidate:
            self._retire(self._candidate)
            self._candidate = None
        self._refuse_reload(reason, OWN_FAILURE)

    def _refuse_reload(self, reason: str, status: int) -> None:
        if self._current is None:
            say(Level.ERROR, f"cannot start: {reason}")
            self._exit = status
            return
        say(Level.ERROR, f"the new policy does not hold, {self._current.policy} stays: {reason}")
        self._refused = reason
        tell_manager(READY="1")
        self._report()

    def _bury(self) -> None:
        for generation in self._generations():
            for child in list(generation.children):
                status = child.process.poll()
                if status is not None:
                    self._selector.unregister(child.control)
                    child.control.close()
                    generation.children.remove(child)
                    self._died(generation, child, status)
        self._retired = [one for one in self._retired if one.children]

    def _died(self, generation: Generation, child: Child, status: int) -> None:
        if child.state is State.LEAVING:
            return
        if generation is self._candidate:
            self._candidate = None
            self._retire(generation)
            bad = status == BAD_CONFIGURATION
            reason = "see the lines above" if bad else f"its worker ended with status {status}"
            self._refuse_reload(reason, BAD_CONFIGURATION if bad else OWN_FAILURE)
            return
        brief = time.monotonic() - child.since < FIRST_PAUSE
        pause = FIRST_PAUSE if brief else 0.0
        if child.state is State.STARTING:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**generation.failures)
            generation.failures += 1
        generation.hire_after = time.monotonic() + pause
        say(Level.WARNING, f"worker {child.pid} ended with status {status}, another in {pause} s")

    def _tend(self) -> None:
        """Do what only needs time to have passed."""
        now = time.monotonic()
        if self._pausing and self._pausing.tend():
            self._report()
        if self._current and now >= self._current.hire_after:
            self._hire(self._current)
        for generation in self._generations():
            for child in generation.children:
                age = now - child.since
                late = child.state is State.STARTING and age > STARTUP_SECONDS
                if late or (child.state is State.LEAVING and age > LEAVING_SECONDS):
                    child.kill()

    def _report(self) -> None:
        if self._current:
            status = self._pausing.words if self._pausing else ""
            status += f"policy {self._current.policy}, {self._current.wanted} workers"
            status += f", {self._troubles} errors since the start"
            status += f"; a newer one was refused: {self._refused}" if self._refused else ""
            tell_manager(STATUS=status)

    def _close(self, status: int) -> int:
        tell_manager(STOPPING="1")
        children = [child for one in self._generations() for child in one.children]
        for child in children:
            child.leave()
        end = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < end and any(child.process.poll() is None for child in children):
            time.sleep(0.05)
        for child in children:
            child.kill()
            child.process.wait()
        return status

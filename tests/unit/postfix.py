# SPDX-License-Identifier: GPL-3.0-or-later
"""A Postfix that is a list: it counts what it is told, and its queue moves as the real one."""

from dataclasses import replace

from ptrgate.outbound.mail import Message, PostfixFailed

DAY = 86400


class FakePostfix:
    """``broken`` makes every command fail."""

    def __init__(self):
        self.reloads = self.flushes = 0
        self.broken = False
        self.messages = []
        self.letters = []
        self.is_asked = True

    def asks(self, _table):
        return self.is_asked

    def reload(self):
        self._work()
        self.reloads += 1

    def flush(self, *, settle=0.0):
        assert settle >= 0
        self.flushes += 1

    def queue(self):
        self._work()
        return list(self.messages)

    def hold(self, queue_ids):
        self._move(queue_ids, "deferred", "hold")

    def requeue(self, queue_ids):
        self._move(queue_ids, "hold", "incoming")

    def seconds(self, name):
        return {"maximal_queue_lifetime": 5 * DAY, "bounce_queue_lifetime": 2 * DAY}[name]

    def send(self, address, text):
        self._work()
        self.letters.append((address, text))

    def wait(self, name, arrival, *, sender="a@example.org", why="mail transport unavailable"):
        """Have a message wait in the queue."""
        self.messages.append(Message(name, "deferred", int(arrival), sender, (why,)))

    def where(self):
        """Return in which queue each message is."""
        return {one.queue_id: one.queue for one in self.messages}

    def _move(self, queue_ids, source, target):
        chosen = set(queue_ids)
        self.messages = [
            replace(one, queue=target) if one.queue_id in chosen and one.queue == source else one
            for one in self.messages
        ]

    def _work(self):
        if self.broken:
            raise PostfixFailed("postfix reload: no")


class Clock:
    """A clock that goes on when it is told to."""

    now = 1_800_000_000.0

    def __call__(self):
        return self.now

# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads Postfix's log line by line and says what happened; holds only what is not over yet.

A session is counted by its smtpd process, from "connect from" to "disconnect from", because a
refused one leaves a line at each step or one a recipient. Whoever writes here is a stranger as soon
as his name, HELO or sender does, so a line is read from its start and only as far as it is ours.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache

from .heads import day, host, process, service, tag
from .journal_line import told
from .underway import Open, Queued
from .visits import Delivery, Event, Written

MAX_OPEN = 20_000  # sessions that were not seen to end
MAX_QUEUED = 100_000  # messages that were not seen to leave
_CLIENT = re.compile(rb"([^\[\s]{0,255})\[([0-9A-Fa-f:.]{2,45})\]").match
_MOST = 302  # octets of what that matches
_ENVELOPE = re.compile(rb"; from=<([^>]{0,320})>(?: to=<([^>]{0,320})>)?").search
_FIRST = re.compile(rb"(?:from|to)=<([^>]{0,320})>").match
_SENT = b", status=sent ("
# a filter behind us that takes spam and throws it away (amavisd-new)
_THROWN_AWAY = re.compile(rb", status=sent \([^)]{0,80}discarded").search


class Reading:
    """The state between two lines of a log; ``is_ours`` tells addresses that are no strangers'."""

    def __init__(self, is_ours: Callable[[str], bool]) -> None:
        """Begin with the first line of the oldest file."""
        self._is_ours = is_ours
        # a dict looks for its first entry past all that were taken away
        self._open: OrderedDict[bytes, Open] = OrderedDict()
        self._queued: OrderedDict[bytes, Queued] = OrderedDict()
        self._found: list[Event] = []
        self._sessions = {
            b"connect": self._connect,
            b"disconnect": self._disconnect,
            b"NOQUEUE:": self._refused,
        }
        self._messages = {
            b"clie": self._client,
            b"uid=": self._picked_up,
            b"from": self._sender,
            b"to=<": self._recipient,
            b"remo": self._removed,
        }

    def feed(self, lines: Iterable[bytes]) -> list[Event]:
        """Read the next lines, without their ends, and return what they tell."""
        sessions, messages = self._sessions, self._messages
        for line in lines:
            head, _, text = line.partition(b"]: ")
            word, _, rest = text.partition(b" ")
            if act := sessions.get(word):
                act(head, rest)
            elif word[-1:] == b":":
                if step := messages.get(rest[:4]):
                    step(head, word, rest)
            elif word[:4] == b"ref=" and (line_of_ours := told(day(head), tag(head), text)):
                self._found.append(line_of_ours)
        return self._taken()

    def end(self) -> list[Event]:
        """Return the sessions that never ended."""
        self._found += [one.visit() for one in self._open.values()]
        self._open.clear()
        return self._taken()

    def _taken(self) -> list[Event]:
        found, self._found = self._found, []
        return found

    def _connect(self, head: bytes, rest: bytes) -> None:
        key = process(head)
        if service(key) == "strangers" and (client := _client(rest[5 : 5 + _MOST])):
            if before := self._open.pop(key, None):
                self._found.append(before.visit())
            self._begin(key, head, client)

    def _begin(self, key: bytes, head: bytes, client: tuple[str, str]) -> Open:
        if len(self._open) >= MAX_OPEN:
            self._found.append(self._open.popitem(last=False)[1].visit())
        self._open[key] = new = Open(day(head), *client)
        return new

    def _disconnect(self, head: bytes, rest: bytes) -> None:
        key = process(head)
        if one := self._open.pop(key, None):
            self._found.append(one.visit())
        elif service(key) == "strangers" and (client := _client(rest[5 : 5 + _MOST])):
            self._found.append(Open(day(head), *client).visit())

    def _refused(self, head: bytes, rest: bytes) -> None:
        if not rest.startswith((b"reject:", b"milter-reject:")):
            return
        key = process(head)
        one = self._open.get(key)
        if one is None:
            start = rest.find(b" from ") + 6
            client = _client(rest[start : start + _MOST])
            if not client or service(key) != "strangers":
                return
            one = self._begin(key, head, client)
        if not one.refused and (envelope := _ENVELOPE(rest)):
            one.envelope = (_text(envelope[1]), _text(envelope[2] or b""))
        one.refused = True

    def _client(self, head: bytes, queue_id: bytes, rest: bytes) -> None:
        key = process(head)
        whose = service(key)
        client = _client(rest[7 : 7 + _MOST]) if whose else None
        if client is None:
            return
        name, address = client
        is_user = b", sasl_username=" in rest
        if one := self._open.get(key):
            one.taken = True
            one.authenticated = one.authenticated or is_user
        is_own = whose == "users" or is_user or self._is_ours(address)
        self._queue(head, queue_id, Queued(day(head), name, "" if is_own else address))

    def _picked_up(self, head: bytes, queue_id: bytes, _rest: bytes) -> None:
        self._queue(head, queue_id, Queued("", "", ""))

    def _queue(self, head: bytes, queue_id: bytes, message: Queued) -> None:
        if len(self._queued) >= MAX_QUEUED:
            self._queued.popitem(last=False)
        self._queued[host(head) + queue_id] = message

    def _sender(self, head: bytes, queue_id: bytes, rest: bytes) -> None:
        message = self._queued.get(host(head) + queue_id)
        if message and (found := _FIRST(rest)):
            message.sender = _text(found[1])

    def _recipient(self, head: bytes, queue_id: bytes, rest: bytes) -> None:
        message = self._queued.get(host(head) + queue_id)
        if message is None or _SENT not in rest or not (found := _FIRST(rest)):
            return
        recipient = _text(found[1])
        if not message.address:
            self._found.append(Written(recipient.rpartition("@")[2].lower()))
        elif not message.reached and not _THROWN_AWAY(rest):
            message.reached = True
            who = (message.address, message.name)
            self._found.append(Delivery(message.day, *who, message.sender, recipient))

    def _removed(self, head: bytes, queue_id: bytes, _rest: bytes) -> None:
        self._queued.pop(host(head) + queue_id, None)


@lru_cache(maxsize=16_384)  # a session names its client two to four times
def _client(text: bytes) -> tuple[str, str] | None:
    """Return name and address of "NAME[ADDRESS]", the name "" if Postfix did not confirm it."""
    if not (client := _CLIENT(text)):
        return None
    name = client[1].decode("ascii", "replace").lower()
    return "" if name == "unknown" else name, client[2].decode("ascii").lower()


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets and threads of a worker: one leads, steps aside before it waits, and nobody is lost."""

import socket
import threading
import time

import pytest

from ptrgate.milter import server as serving
from ptrgate.milter.packets import BadPacket
from ptrgate.milter.server import Server

GO_ON = b"\0\0\0\1c"


class Speaker:
    """Answers "c"; to "W" only when it may, having stepped aside; to "S" the same, as leader."""

    def __init__(self, server, may, closed):
        self.server, self.may, self.closed = server, may, closed

    def answer(self, command, _data):
        match chr(command):
            case "W":
                self.server.step_aside()
                assert self.may.wait(60)
            case "S":
                assert self.may.wait(60)
            case "B":
                raise BadPacket("for no reason")
            case "X":
                raise RuntimeError("what nobody expected")
            case "L":
                return GO_ON * 1_000_000
            case "Q":
                return None
        return GO_ON

    def close(self):
        self.closed.append(self)


class Place:
    """A server, and how to meet it."""

    def __init__(self, path):
        self.path, self.may, self.closed = str(path), threading.Event(), []
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(self.path)
        self.listening.listen(1024)
        self.listening.setblocking(False)
        self.server = Server(self.listening)
        self.server.start(lambda: Speaker(self.server, self.may, self.closed))

    def meet(self, said=b""):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(30)
        client.connect(self.path)
        say(client, said)
        return client

    def wait_until(self, condition):
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.01)


def say(client, letters):
    client.sendall(b"".join(b"\0\0\0\1" + bytes([letter]) for letter in letters))


def heard(client, answers=1):
    size = answers * len(GO_ON)
    return client.recv(size, socket.MSG_WAITALL) == GO_ON * answers


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path / "socket")
    yield made
    made.may.set()
    made.server.deafen()
    made.listening.close()


def test_who_waits_keeps_nobody_waiting(place):
    waiting = [place.meet(b"W") for _ in range(100)]
    other = place.meet(b"C")
    assert heard(other)
    assert place.server.sessions == 101
    place.may.set()
    assert all(heard(client) for client in waiting)


def test_threads_that_nobody_needs_leave(place):
    before = threading.active_count()
    waiting = [place.meet(b"W") for _ in range(100)]
    place.wait_until(lambda: threading.active_count() >= before + 100)
    place.may.set()
    assert all(heard(client) for client in waiting)
    place.wait_until(lambda: threading.active_count() <= before + serving._SPARE + 1)
    assert heard(place.meet(b"C"))


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        pytest.param(b"CCC", 3, id="several at once are answered at once"),
        pytest.param(b"CQ", 1, id="the end"),
        pytest.param(b"CB", 1, id="what makes no sense"),
        pytest.param(b"X", 0, id="an error of ours"),
        pytest.param(b"L", 0, id="more than anybody reads"),
    ],
)
def test_a_session_ends_alone(place, said, answers, capfd):
    other, client = place.meet(b"C"), place.meet(said)
    if answers:
        assert heard(client, answers)
        client.close()
    place.wait_until(lambda: place.closed)
    assert len(place.closed) == 1
    assert heard(other)
    say(other, b"C")
    assert heard(other)
    assert place.server.sessions == 1
    assert ("Traceback" in capfd.readouterr().err) == (said == b"X")


def test_the_deaf_serve_those_who_are_there(place):
    client = place.meet(b"C")
    assert heard(client)
    place.server.deafen()
    late = place.meet(b"C")
    late.settimeout(2 * serving._LOOK_ANYWAY)
    with pytest.raises(TimeoutError):
        late.recv(1)
    say(client, b"C")
    assert heard(client)
    client.close()
    place.wait_until(lambda: not place.server.sessions)


def test_a_leader_that_is_stuck_is_noticed(place, monkeypatch):
    monkeypatch.setattr(serving, "_STILL", 3 * serving._LOOK_ANYWAY)
    stuck = place.meet(b"S")
    place.wait_until(lambda: not place.server.moves)
    place.may.set()
    assert heard(stuck)
    place.wait_until(lambda: place.server.moves)


def test_two_servers_take_turns(place):
    other = Server(place.listening)
    met = []
    other.start(lambda: met.append(1) or Speaker(other, place.may, []))
    clients = []
    for _ in range(40):
        clients.append(place.meet(b"C"))
        assert heard(clients[-1])
    assert 0 < len(met) < 40
    other.deafen()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The real milter with one worker, fed over its socket, and a nameserver that knows one host."""

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from ptrgate.judge.words import Finding
from ptrgate.milter import journal

from .chance import Broken, demand

KEYS = "0 " + "ab" * 32
_SRC = Path(__file__).parents[2] / "src"
# Nobody is reachable: how much a refused client may send to postmaster depends on the hour.
_POLICY = """
mode = "enforce"
help_url = "http://help.example.org"
[actions.forged]
v4 = "tag"
[lookup]
nameservers = ["127.0.0.1:{port}"]
try_seconds = 10 # a lookup that a busy machine cuts short would be another outcome
total_seconds = 60
[own]
networks = ["203.0.113.0/28"]
[reachable]
localparts = []
[milter]
workers = 1
"""
_PATIENCE = 20.0  # seconds, for what takes milliseconds
_SPARE_THREADS, _SPARE_HANDLES = 24, 40  # libmilter's pool, the sockets kept to the nameserver
_GOOD, _BAD = b"198.51.100.10", b"198.51.100.7"


class Fed:
    """A supervisor, its worker and what they wrote, for the length of a with statement."""

    def __enter__(self) -> Self:
        """Start it, and wait until it serves."""
        self._stack = contextlib.ExitStack()
        place = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        dns = self._stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        dns.bind(("127.0.0.1", 0))
        threading.Thread(target=_serve_names, args=(dns,), daemon=True).start()
        (place / "policy.toml").write_text(_POLICY.format(port=dns.getsockname()[1]))
        (place / "keys").write_text(KEYS)
        self._path = place / "socket"
        self._troubles: list[str] = []
        self._serving = threading.Event()
        self._process = subprocess.Popen(
            [
                sys.executable, "-P", "-m", "ptrgate.milter", "--policy", place / "policy.toml",
                "--keys", place / "keys", "--socket", self._path,
            ],
            env=os.environ | {"PYTHONPATH": str(_SRC)}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()
        demand(self._serving.wait(_PATIENCE), f"the milter does not start: {self._troubles}")
        self._worker = self._workers()
        self._stack.callback(self._stop)
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop it."""
        self._stack.close()

    def _stop(self) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)

    def _listen(self) -> None:
        for line in self._process.stderr or ():
            if line.startswith("<6>"):
                known = journal.parse(line.removeprefix("<6>"))
                if known is None:
                    self._troubles.append(f"a journal line that is none: {line}")
                elif known.get("finding") == Finding.DNS_FAILURE:  # it would be another outcome
                    self._troubles.append(f"a lookup failed, the machine is too busy: {line}")
            elif "workers" in line:
                self._serving.set()
            elif "no UTF-8" not in line:  # that is said of a HELO, and no trouble
                self._troubles.append(line)

    def _workers(self) -> list[int]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def answers(self, batch: Sequence[bytes]) -> list[bytes]:
        """Send each over a connection of its own, all at once; return what came back."""
        heard = [bytearray() for _ in batch]
        with selectors.DefaultSelector() as selector:
            for number, octets in enumerate(batch):
                channel = socket.socket(socket.AF_UNIX)
                channel.connect(str(self._path))
                with contextlib.suppress(OSError):  # it may have heard enough already
                    channel.sendall(octets)
                    channel.shutdown(socket.SHUT_WR)
                selector.register(channel, selectors.EVENT_READ, number)
            while selector.get_map():
                ready = selector.select(_PATIENCE)
                demand(bool(ready), "sessions hang")
                for key, _ in ready:
                    _hear(selector, key, heard[key.data])
        return [bytes(octets) for octets in heard]

    def look(self) -> None:
        """Demand that it is well: the same worker, nothing leaked, and others are served right."""
        good, bad = self.answers([_whole(_GOOD), _whole(_BAD)])
        demand(good.endswith(b"\0\0\0\1a"), f"a good client is answered {good!r}")
        demand(b"550 5.7.25" in bad, f"a bad client is answered {bad!r}")
        demand(self._workers() == self._worker, f"the worker died: {self._troubles[:9]}")
        demand(not self._troubles, f"it says {self._troubles[:3]}")
        end = time.monotonic() + _PATIENCE
        while self._leaks():
            if time.monotonic() > end:
                raise Broken(f"it leaks: {self._leaks()}")
            time.sleep(0.05)

    def _leaks(self) -> str:
        process = Path(f"/proc/{self._worker[0]}")
        handles, threads = (len(list((process / of).iterdir())) for of in ("fd", "task"))
        if handles <= _SPARE_HANDLES and threads <= _SPARE_THREADS:
            return ""
        return f"{handles} descriptors, {threads} threads"


def _hear(selector: selectors.BaseSelector, key: selectors.SelectorKey, heard: bytearray) -> None:
    channel = key.fileobj
    if not isinstance(channel, socket.socket):
        return
    more = b""
    with contextlib.suppress(ConnectionResetError):  # it hung up with octets of ours unread
        more = channel.recv(65536)
    heard += more
    if not more:
        selector.unregister(channel)
        channel.close()


def _whole(address: bytes) -> bytes:
    packets = [
        b"O\0\0\0\6\0\0\1\xff\0\x1f\xff\xff", b"Cx\x004\0\x19" + address + b"\0", b"Hx\0",
        b"M<a@b>\0", b"R<c@d>\0",
    ]  # fmt: skip
    return b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets)


def _serve_names(dns: socket.socket) -> None:
    """Be a nameserver: 198.51.100.10 and its host lead to each other, .9's name leads elsewhere.

    Every other address has no name. It is asked thousands of times a second: no library here.
    """
    good, forged = b"\x0210\x03100\x0251\x03198", b"\x019\x03100\x0251\x03198"
    host = b"\x02mx\x07example\x03com\0"
    with contextlib.suppress(OSError):
        while True:
            query, client = dns.recvfrom(4096)
            end = query.index(b"\0", 12) + 5
            question = query[12:end]
            data = b""
            if question.startswith((good, forged)):
                data = host
            elif question[:-4].lower() == host and question[-3] == 1:
                data = bytes((198, 51, 100, 10))
            known = data or question[:-4].lower() == host
            head = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1\0"
            head += (b"\1" if data else b"\0") + b"\0\0\0\0" + question
            if data:
                head += b"\xc0\x0c" + question[-4:] + b"\0\0\1\x2c\0" + bytes([len(data)]) + data
            dns.sendto(head, client)

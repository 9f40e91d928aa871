# SPDX-License-Identifier: GPL-3.0-or-later
"""The survey: what is in the queue at bounded cost, and which certificates are really shown."""

import json
import os
import socketserver
import ssl
import subprocess
import threading
import time
from contextlib import closing

import pytest

from ptrgate.cli.frame import main
from ptrgate.outbound import mail
from ptrgate.survey import noted, queue, validity
from ptrgate.survey.certificates import STARTTLS, TLS, Shown, shown
from ptrgate.survey.noted import Survey
from ptrgate.survey.queue import CutOffError, Queue, counted

DEFERRED = {"queue_name": "deferred", "arrival_time": 500, "queue_id": "4X", "recipients": []}
OLDER = DEFERRED | {"arrival_time": 300}
HELD = DEFERRED | {"queue_name": "hold"}
STRANGE = DEFERRED | {"queue_name": "corrupt"}


def rows(*messages):
    return [json.dumps(message) for message in messages]


def cut_off(*messages):
    yield from rows(*messages)
    raise CutOffError


def told(seen):
    full = {name: number for name, number in seen.messages.items() if number}
    return full, {name: when for name, when in seen.oldest.items() if when}, seen.whole


@pytest.mark.parametrize(
    ("listing", "messages", "oldest", "whole"),
    [
        pytest.param([], {}, {}, True, id="an empty queue has nothing and no age"),
        pytest.param(rows(DEFERRED, OLDER), {"deferred": 2}, {"deferred": 300}, True,
                     id="the oldest of two gives the age"),
        pytest.param(rows(HELD, DEFERRED), {"hold": 1, "deferred": 1},
                     {"hold": 500, "deferred": 500}, True, id="each queue has its own"),
        pytest.param(rows(STRANGE), {"corrupt": 1}, {"corrupt": 500}, True,
                     id="a queue of another Postfix is told under its name"),
        pytest.param(rows(*[DEFERRED] * 9), {"deferred": 5}, {"deferred": 500}, False,
                     id="beyond the limit nothing is read"),
        pytest.param(rows(*[DEFERRED] * 5), {"deferred": 5}, {"deferred": 500}, True,
                     id="at the limit all is"),
        pytest.param(cut_off(DEFERRED), {"deferred": 1}, {"deferred": 500}, False,
                     id="time was up"),
        pytest.param([*rows(DEFERRED), '{"queue_na'], {"deferred": 1}, {"deferred": 500}, False,
                     id="time was up within a row"),
    ],
)  # fmt: skip
def test_the_queue_is_counted(listing, messages, oldest, whole):
    assert told(counted(listing, most=5)) == (messages, oldest, whole)


@pytest.fixture
def postqueue(tmp_path, monkeypatch):
    """Return a function: put a program in postqueue's place."""

    def place(script):
        program = tmp_path / "postqueue"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return place


ENDLESS = f"exec yes '{json.dumps(DEFERRED)}'"


def test_an_endless_queue_is_left_at_the_limit_and_its_listing_ended(postqueue, tmp_path):
    postqueue(f"echo $$ > {tmp_path}/pid; {ENDLESS}")
    with closing(mail.listing(seconds=60)) as listing:
        assert told(counted(listing, most=3000)) == ({"deferred": 3000}, {"deferred": 500}, False)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_queue_that_does_not_answer_is_left_when_time_is_up(postqueue):
    postqueue("exec sleep 3600")
    begin = time.monotonic()
    assert counted(mail.listing(seconds=0.2)) == counted(cut_off())
    assert time.monotonic() - begin < 60


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'postqueue: fatal: queue report unavailable' >&2; exit 69", "report unavailable"),
        ("exit 1", "postqueue: 1"),
    ],
)
def test_a_queue_that_cannot_be_seen_is_said(postqueue, script, words):
    postqueue(script)
    with pytest.raises(mail.PostfixFailed, match=words):
        counted(mail.listing(seconds=60))


def test_memory_does_not_grow_with_the_queue(postqueue):
    postqueue(ENDLESS)
    seen = counted(mail.listing(seconds=60), most=queue.MOST)
    assert (sum(seen.messages.values()), seen.whole) == (queue.MOST, False)


@pytest.fixture(scope="module", params=["ec", "rsa"])
def certificate(request, tmp_path_factory):
    """A kind of key, files of a certificate that ends in a known second, and that second."""
    place = tmp_path_factory.mktemp(request.param)
    key = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}[request.param]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *key, "-noenc", "-subj", "/CN=mx", "-days", "30",
         "-keyout", place / "key", "-out", place / "pem"], check=True, capture_output=True,
    )  # fmt: skip
    said = subprocess.run(
        ["openssl", "x509", "-in", place / "pem", "-noout", "-enddate"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    ends = ssl.cert_time_to_seconds(said.strip().removeprefix("notAfter="))
    return {"ec": "ECDSA", "rsa": "RSA"}[request.param], place, ends


def der(certificate):
    return ssl.PEM_cert_to_DER_cert((certificate[1] / "pem").read_text())


def test_the_end_is_read_from_the_octets(certificate):
    assert validity.ends(der(certificate)) == certificate[2]


def test_a_year_beyond_2049_is_read_too(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-noenc", "-subj", "/CN=mx", "-days", "20000", "-keyout", tmp_path / "key",
         "-out", tmp_path / "pem"], check=True, capture_output=True,
    )  # fmt: skip
    octets = ssl.PEM_cert_to_DER_cert((tmp_path / "pem").read_text())
    assert abs(validity.ends(octets) - time.time() - 20000 * 86400) < 3600


def test_every_piece_of_a_certificate_is_none(certificate):
    octets = der(certificate)
    for size in range(len(octets)):
        with pytest.raises(ValueError, match=r"these octets"):
            validity.ends(octets[:size])


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as comes before TLS."""

    def handle(self):
        self.wfile.write(b"220 mx ESMTP\r\n")
        while line := self.rfile.readline().upper():
            if line.startswith(b"STARTTLS"):
                self.wfile.write(b"220 go\r\n")
                return self.server.secure(self.request)
            self.wfile.write(b"250-mx\r\n250 STARTTLS\r\n" if b"EHLO" in line else b"250 ok\r\n")
        return None


class Secured(socketserver.BaseRequestHandler):
    """TLS from the first octet."""

    def handle(self):
        self.server.secure(self.request)


@pytest.fixture
def listener():
    """Return a function: start a handler that shows a certificate; its port."""
    servers = []

    def start(handler, place):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(place / "pem", place / "key")

        def secure(stream):
            try:
                with context.wrap_socket(stream, server_side=True) as secured:
                    secured.recv(1)
            except OSError:
                pass

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads, server.secure = True, secure
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("handler", "starts"), [(Mail, STARTTLS), (Secured, TLS)])
def test_what_is_shown_is_told_by_its_kind(listener, certificate, handler, starts):
    kind, place, ends = certificate
    port = listener(handler, place)
    assert list(shown({"smtp": (port, starts)})) == [Shown("smtp", kind, ends)]


def test_a_service_that_comes_to_no_handshake_shows_none(listener, certificate):
    class Broken(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(512)
            self.request.sendall(b"\x15\x03\x03\x00\x02\x02\x50")  # alert: internal error

    port = listener(Broken, certificate[1])
    assert list(shown({"page": (port, TLS)})) == [Shown("page", "none", 0)]


def test_where_nobody_listens_nothing_is_told():
    with socketserver.TCPServer(("127.0.0.1", 0), Secured) as server:
        port = server.server_address[1]
    assert list(shown({"page": (port, TLS)})) == []


@pytest.fixture
def file(tmp_path, postqueue):
    """Where the survey is noted, on a host whose certificates were looked at just now."""
    postqueue(f"echo '{json.dumps(OLDER)}'")
    noted.write(
        tmp_path / "noted", Survey(1, looked=time.time(), certificates=(Shown("smtp", "RSA", 9),))
    )
    return tmp_path / "noted"


def test_the_timer_notes_the_queue_anew_and_certificates_once_an_hour(file, capsys):
    assert main(["survey", "--note", "--file", str(file)]) == 0
    seen = noted.read(file)
    assert (seen.queue.messages["deferred"], seen.queue.oldest["deferred"]) == (1, 300)
    assert seen.certificates == (Shown("smtp", "RSA", 9),)
    assert "1 deferred, the oldest" in capsys.readouterr().out


def test_a_queue_that_cannot_be_seen_leaves_its_reason(file, postqueue, capsys):
    postqueue("echo unavailable >&2; exit 69")
    assert main(["survey", "--note", "--file", str(file), "--json"]) == 70
    seen = noted.read(file)
    assert (seen.queue, seen.trouble) == (None, "postqueue: unavailable")
    assert json.loads(capsys.readouterr().out)["queue"] is None


@pytest.mark.parametrize("words", ["", "[]", '{"at": "now"}', '{"at": 1, "queue": {"a": 1}}'])
def test_a_damaged_note_is_none(tmp_path, words):
    (tmp_path / "noted").write_text(words)
    assert noted.read(tmp_path / "noted") is None


def test_what_is_noted_is_read_back(tmp_path):
    survey = Survey(1.5, Queue({"hold": 1}, {"hold": 2}, whole=True), "", 3.0)
    noted.write(tmp_path / "noted", survey)
    assert noted.read(tmp_path / "noted") == survey

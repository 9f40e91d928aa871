# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the page of a refusal opens and looks again, against a server that answers so."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ptrgate.probe.page import page

CLIENT = "192.0.2.1"
URL = "https://help.example.org/mail/r/7QK"


def told(outcome, address=CLIENT):
    return json.dumps({"refusal": {"address": address}, "check": {"outcome": outcome}})


@pytest.fixture
def nginx():
    """Start a server that gives this answer to everybody; its address and what it was asked."""
    asked, servers = [], []

    def serve(status, body):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.headers["Host"], self.path))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address, asked

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "verdicts"),
    [
        pytest.param(200, told("fails"), ["ok", "ok"], id="it opens and looks"),
        pytest.param(200, told("unknown"), ["ok", "ok"], id="DNS may well be silent"),
        pytest.param(200, told("error"), ["ok", "bad"], id="who looks is broken"),
        pytest.param(200, told("away"), ["ok", "bad"], id="who looks is not there"),
        pytest.param(200, told("busy"), ["ok", "unknown"], id="who looks is busy"),
        pytest.param(200, told("fails", "192.0.2.9"), ["bad"], id="another client's page"),
        pytest.param(200, '{"refusal": null}', ["bad"], id="a page of nobody"),
        pytest.param(200, "[]", ["bad"], id="no page"),
        pytest.param(404, '{"title": "Not known"}', ["bad"], id="keys that do not agree"),
        pytest.param(500, '{"title": "Error"}', ["bad"], id="a page that breaks off"),
        pytest.param(502, "<h1>Bad gateway</h1>", ["bad"], id="nothing behind nginx"),
        pytest.param(429, '{"title": "Too often"}', ["unknown"], id="asked too often"),
    ],
)
def test_what_the_page_answers(nginx, status, body, verdicts):
    where, asked = nginx(status, body)
    assert [one.verdict for one in page(URL, CLIENT, where)] == verdicts
    assert asked == [("help.example.org", "/mail/r/7QK?check=1")]


def test_a_page_that_nobody_serves():
    [result] = page(URL, CLIENT, ("127.0.0.1", 9))
    assert (result.verdict, "refused" in result.got) == ("bad", True)

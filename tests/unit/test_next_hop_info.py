# SPDX-License-Identifier: GPL-3.0-or-later
"""What a next hop says to EHLO, asked of a small server on loopback."""

import json
import socket
import threading

import pytest
from ansible.module_utils.testing import patch_module_args

from library.next_hop_info import main


@pytest.fixture
def hop():
    """Return a way to start a next hop that greets and answers EHLO with these lines."""
    listening = []

    def start(greeting, *ehlo):
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve():
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(greeting + b"\r\n")
                stream.flush()
                for line in stream:
                    said = b"\r\n".join(ehlo) if line.upper().startswith(b"EHLO") else b"221 bye"
                    stream.write(said + b"\r\n")
                    stream.flush()

        threading.Thread(target=serve, daemon=True).start()
        return f"[127.0.0.1]:{server.getsockname()[1]}"

    yield start
    for server in listening:
        server.close()


@pytest.fixture
def ask(capsys):
    def module(*hops):
        args = {"next_hops": list(hops), "hostname": "mx.example.org", "timeout": 2}
        with patch_module_args(args), pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)["results"]

    return module


def test_what_it_offers_is_told(hop, ask):
    (row,) = ask(hop(b"220 inner", b"250-inner", b"250-SIZE 1000", b"250 SMTPUTF8"))
    assert (row["error"], row["size"], row["smtputf8"]) == ("", 1000, True)


@pytest.mark.parametrize("size", [b"SIZE", b"SIZE 0", b"PIPELINING"])
def test_no_limit_is_zero(hop, ask, size):
    (row,) = ask(hop(b"220 inner", b"250-inner", b"250 " + size))
    assert (row["error"], row["size"], row["smtputf8"]) == ("", 0, False)


@pytest.mark.parametrize(
    ("greeting", "ehlo", "words"),
    [(b"554 go away", b"221 bye", "go away"), (b"220 inner", b"502 no EHLO", "502 no EHLO")],
)
def test_a_refusal_is_the_reason(hop, ask, greeting, ehlo, words):
    assert words in ask(hop(greeting, ehlo))[0]["error"]


def test_a_next_hop_that_is_down_is_told(ask):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "refused" in ask(f"[127.0.0.1]:{port}")[0]["error"]


def test_each_is_asked_once_and_names_with_mx_records_are_not(hop, ask):
    one = hop(b"220 inner", b"250 inner")
    assert [row["next_hop"] for row in ask(one, one, "mail.example.org", "example.org:25")] == [one]

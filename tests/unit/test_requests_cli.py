# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator decides: what is shown of a stranger's words, what is made, what follows."""

import json
import time

import pytest

from ptrgate.cli.frame import main
from ptrgate.requests import book
from ptrgate.requests.request import State
from ptrgate.shared.grants import EXEMPTIONS, read_grants
from tests.unit.test_requests import SETTINGS, request

NOW = int(time.time())
HOSTILE = "$(reboot) `id`; rm -rf / ' \" <b>"
WAITING = request(made=NOW, reason=HOSTILE)
SIX = request(id="0AAAAA", made=NOW, address="2001:db8::7", state=State.DENIED, decided=NOW, by="x")


@pytest.fixture
def host(tmp_path, monkeypatch, capsys):
    """A host with two requests; call it with an order, get status, words and kept requests."""
    monkeypatch.setenv("SUDO_USER", "jane")
    for name in ("state", "requests"):
        (tmp_path / name).mkdir()
    (tmp_path / "requests.toml").write_text(SETTINGS)
    (tmp_path / "policy.toml").write_text('help_url = "http://help.company.example"\n')
    (tmp_path / "requests" / book.BOOK).write_text(book.write((WAITING, SIX)))

    def call(*arguments):
        paths = {"state": "state", "requests": "requests", "settings": "requests.toml"}
        paths["policy"] = "policy.toml"
        options = [f"--{name}={tmp_path / where}" for name, where in paths.items()]
        try:
            status = main(["requests", *arguments, *options])
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status, said.out + said.err

    call.path = tmp_path
    return call


def states(host):
    kept = book.read((host.path / "requests" / book.BOOK).read_text(), "x")
    return {one.id: one.state.value for one in kept}


def exemptions(host):
    file = host.path / "state" / EXEMPTIONS
    return read_grants(file.read_text(), "x") if file.exists() else ()


def test_the_list_and_one_of_it(host):
    status, said = host("list")
    assert status == 0
    assert [line.split()[:3] for line in said.splitlines()[1:]] == [
        ["7K3QZX", "waiting", "198.51.100.7"],
        ["0AAAAA", "denied", "2001:db8::7"],
    ]
    status, said = host("show", "7k3qzx")
    assert (status, f"    | {HOSTILE}" in said) == (0, True)
    told = json.loads(host("show", "7K3QZX", "--json")[1])
    assert (told["reason"], told["state"], told["mailbox"]) == (HOSTILE, "waiting", WAITING.mailbox)


def test_approving_lets_exactly_that_address_in(host):
    status, said = host("approve", "7K3QZX", "--days", "10")
    assert status == 0
    (grant,) = exemptions(host)
    assert str(grant.exemption.network) == "198.51.100.7/32"
    assert (grant.exemption.owner, grant.exemption.ticket) == ("jane", "7K3QZX")
    assert states(host)["7K3QZX"] == "approved"
    assert "ptrgate exempt remove 198-51-100-7" in said


def test_no_word_of_a_stranger_goes_into_an_exemption(host):
    said = host("approve", "7K3QZX")[1]
    written = (host.path / "state" / EXEMPTIONS).read_text()
    assert not [word for word in ("reboot", "sender.example") if word in written + said]


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (("approve", "ZZZZZZ"), "there is no request"),
        (("approve", "; reboot"), "there is no request"),
        (("approve", "7K3QZX", "--days", "91"), "allowed: 1 to 90"),
        (("approve", "7K3QZX", "--owner", "a\nb"), "is not one line"),
        (("deny", "0AAAAA"), "is denied already"),
    ],
)
def test_what_is_not_done(host, order, says):
    before = states(host)
    status, said = host(*order)
    assert (status, says in said) == (64, True), said
    assert (states(host), exemptions(host)) == (before, ())


def test_denied_may_be_approved_later_and_approved_is_final(host):
    assert host("deny", "7K3QZX")[0] == 0
    assert exemptions(host) == ()
    assert host("approve", "7K3QZX")[0] == 0
    status, said = host("deny", "7K3QZX")
    assert (status, "exempt remove" in said) == (64, True)


def test_a_host_that_judges_nobody_gives_the_line_for_the_inventory(host):
    (host.path / "state").rmdir()
    status, said = host("approve", "7K3QZX")
    assert (status, '"network": "198.51.100.7/32"' in said) == (0, True)
    assert states(host)["7K3QZX"] == "approved"


def test_where_nobody_can_ask_it_says_so(host):
    (host.path / "requests.toml").unlink()
    status, said = host("list")
    assert (status, "helppage_requests" in said) == (1, True)


def test_a_damaged_file_is_told(host):
    (host.path / "requests" / book.BOOK).write_text("{}")
    assert host("list")[0] == 70
